import { covers, isObsolete, type Known } from '../verdict/known.js';
import type { Severity } from '../verdict/visit.js';
import { isUnexpected } from './exit-code.js';
import type { Report, Result } from './report-model.js';

/** How results are accepted. */
export interface Acceptance {
  /** Why; what happened by default, which asks for a better reason. */
  readonly reason?: string;
  readonly owner?: string;
  /** The last day, as `2026-01-31`. */
  readonly until: string;
  /** Whose results they are. */
  readonly client?: string;
  readonly failOn?: Severity | undefined;
  /** Results were left out, so that an entry which matched nothing may still be needed. */
  readonly isPartial: boolean;
}

/** A list of accepted results as a report would have it. */
export interface Accepted {
  readonly list: readonly Known[];
  readonly added: number;
  readonly renewed: number;
  readonly removed: number;
}

/**
 * The entries that make a report's unexpected results expected: new ones for what is new, a new last day where acceptance has expired, and
 * none any more for what is good now. `others` are about other clients or another kind of report, and stay as they are.
 */
export const acceptedIn = (
  { results }: Pick<Report, 'results'>,
  own: readonly Known[],
  { reason, owner, until, client, failOn, isPartial }: Acceptance,
): Accepted => {
  const unexpected = results.filter((result) => isUnexpected(result, failOn));
  // Other cases that a glob means may be bad still, where not all were run.
  const isGood = (known: Known): boolean =>
    isObsolete(known, results) && (!isPartial || results.some((result) => result.case === known.case));
  const kept = own.filter((known) => !isGood(known));
  let renewed = 0;
  const list = kept.map((known): Known => {
    const isExpired = unexpected.some(
      (each) => each.known?.state === 'stale' && each.status === known.status && covers(known.case, each.case),
    );
    if (!isExpired) return known;
    renewed += 1;
    return { ...known, ...(reason !== undefined && { reason }), ...(owner !== undefined && { owner }), until };
  });
  const added = unexpected
    .filter(({ known }) => known === undefined)
    .map((result): Known => ({
      case: result.case,
      status: statusOf(result),
      reason: reason ?? `not looked at yet: ${result.because}`.slice(0, MOST_WORDS),
      ...(owner !== undefined && { owner }),
      ...(client !== undefined && { client }),
      until,
    }));
  return { list: [...list, ...added], added: added.length, renewed, removed: own.length - kept.length };
};

const statusOf = ({ status }: Result): Known['status'] => (status === 'fail' ? 'fail' : 'unsafe');

/** Characters of a reason that nobody has written. */
const MOST_WORDS = 300;
