import { rank } from '../verdict/judgement.js';
import type { Severity } from '../verdict/visit.js';
import { Fault } from '../fault.js';
import { certificateDates } from './certificate-dates.js';
import { isUnexpected } from './exit-code.js';
import type { Report, Result } from './report-model.js';

/** A result that is not what it was; `before` or `after` is absent where only one report has the case. */
export interface Change {
  /** Key of the case, with the client where several had it. */
  readonly case: string;
  readonly before?: Result;
  readonly after?: Result;
}

/** A certificate that expires soon, or has expired. */
export interface Expiry {
  readonly host: string;
  readonly port: number;
  readonly notAfter: string;
  /** Days from the end of the later run; negative where it has expired. */
  readonly days: number;
}

/** What two reports differ in, by what that means. */
export interface Difference {
  /** Worse status, or higher severity; also bad results of cases that are new. */
  readonly worse: readonly Change[];
  /** Was observed, and is inconclusive or missing now. */
  readonly lost: readonly Change[];
  readonly better: readonly Change[];
  /** Cases that only the later report has, without a bad result. */
  readonly added: readonly Change[];
  readonly same: number;
  readonly expiries: readonly Expiry[];
}

/**
 * Compares two reports, the earlier one first; certificates within `days` of their end are listed.
 * Throws `BAD_USAGE` for reports of different kinds.
 */
export const differenceOf = (before: Report, after: Report, days = 21): Difference => {
  if (before.kind !== after.kind)
    throw new Fault(
      'BAD_USAGE',
      `the reports are of different kinds, ${before.kind} and ${after.kind}; compare two of the same command`,
    );
  const earlier = byKey(before);
  const later = byKey(after);
  const changes = [...new Set([...earlier.keys(), ...later.keys()])].map((key): Change => {
    const was = earlier.get(key);
    const is = later.get(key);
    return { case: key, ...(was && { before: was }), ...(is && { after: is }) };
  });
  const groups = grouped(changes);
  return {
    worse: groups.get('worse') ?? [],
    lost: groups.get('lost') ?? [],
    better: groups.get('better') ?? [],
    added: groups.get('added') ?? [],
    same: (groups.get('same') ?? []).length,
    expiries: expiriesOf(after, days),
  };
};

/**
 * 1: something got worse, and is bad by the exit code's own rules; 3: something could not be observed any more; 0 otherwise.
 */
export const differenceExitCode = ({ worse, lost }: Difference, failOn?: Severity): 0 | 1 | 3 => {
  if (worse.some(({ after }) => after !== undefined && isUnexpected(after, failOn))) return 1;
  return lost.length > 0 ? 3 : 0;
};

type Kind = 'worse' | 'lost' | 'better' | 'added' | 'same';

const grouped = (changes: readonly Change[]): Map<Kind, Change[]> => {
  const groups = new Map<Kind, Change[]>();
  for (const change of changes) {
    const kind = kindOf(change);
    groups.set(kind, [...(groups.get(kind) ?? []), change]);
  }
  return groups;
};

const kindOf = ({ before, after }: Change): Kind => {
  if (after === undefined) return before !== undefined && weight(before) >= BAD ? 'better' : 'lost';
  if (before === undefined) return weight(after) > GOOD && after.status !== 'inconclusive' ? 'worse' : 'added';
  if (after.status === 'inconclusive') return before.status === 'inconclusive' ? 'same' : 'lost';
  // What is known at last is as good or as bad as it is.
  const was = before.status === 'inconclusive' ? GOOD : weight(before);
  const is = weight(after);
  if (is > was) return 'worse';
  return is < was || before.status === 'inconclusive' ? 'better' : 'same';
};

/** The heavier, the worse; an accepted result is as bad as any. */
const weight = ({ status, severity }: Result): number => {
  switch (status) {
    case 'unsafe':
    case 'fail':
      return BAD + (severity === undefined ? 0 : 4 - rank(severity));
    case 'downgradable':
    case 'warn':
      return GOOD + 1;
    default:
      return GOOD;
  }
};

/** Results by key; of several clients each has its own. */
const byKey = ({ results }: Report): Map<string, Result> => {
  const all = new Map<string, Result>();
  for (const result of results) {
    const key = result.client === undefined ? result.case : `${result.case} (${result.client})`;
    const known = all.get(key);
    // Of several results of one case the worst counts.
    if (known === undefined || weight(result) > weight(known)) all.set(key, result);
  }
  return all;
};

const expiriesOf = (report: Report, days: number): Expiry[] => {
  const found = new Map<string, Expiry>();
  for (const { host, port, notAfter, days: left } of certificateDates(report))
    if (left <= days) found.set(JSON.stringify([host, port, notAfter]), { host, port, notAfter, days: left });
  return [...found.values()];
};

const GOOD = 0;
const BAD = 10;
