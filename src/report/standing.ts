import { isUnexpected, isUnobserved } from '../document/exit-code.js';
import type { Result } from '../document/report-model.js';
import type { Severity } from '../verdict/visit.js';

/** What a result is to somebody who counts failures. */
export interface Standing {
  /**
   * `failed`: makes the exit code 1; `unobserved`: nothing could be said; `accepted`: bad, and listed as known;
   * `passed` includes what is worth a note and changes no exit code, such as `downgradable` and `warn`.
   */
  readonly kind: 'failed' | 'unobserved' | 'accepted' | 'not-applicable' | 'passed';
  /** The reason, in one sentence. */
  readonly message: string;
}

/** Where a result stands by the exit code's own rules. */
export const standingOf = (result: Result, failOn?: Severity): Standing => {
  const { because, known, status } = result;
  if (known !== undefined && known.state !== 'expected')
    return { kind: 'failed', message: `${because} (known result: ${known.reason})` };
  if (isUnexpected(result, failOn)) return { kind: 'failed', message: because };
  if (isUnobserved(result)) return { kind: 'unobserved', message: because };
  if (known !== undefined) return { kind: 'accepted', message: `accepted: ${known.reason}` };
  return { kind: status === 'not-applicable' ? 'not-applicable' : 'passed', message: because };
};

/** The text of a result's details, a line each: what it is about, proof, remedies, how to repeat it. */
export const detailLines = (result: Result, again: string): string[] => [
  result.title,
  ...result.evidence.map(({ connection, quote, why }) => `connection ${String(connection)}: ${quote} (${why})`),
  ...(result.expected === undefined ? [] : [`expected: ${result.expected}`]),
  ...(result.fix === undefined ? [] : [`fix: ${result.fix}`]),
  ...Object.entries(result.remedy ?? {}).map(([software, remedy]) => `${software}: ${remedy}`),
  `again: ${again}`,
];
