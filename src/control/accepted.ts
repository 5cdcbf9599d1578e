import type { Result } from '../document/report-model.js';
import { knownStates, type Known } from '../verdict/known.js';

/** The result with what is known of it. Of an entry that means several cases one that is good says nothing. */
export const acceptedResult = (result: Result, known: readonly Known[]): Result => {
  const [state] = knownStates(
    known.filter((each) => each.status === result.status || each.case === result.case),
    [result],
    new Date().toISOString().slice(0, 10),
  );
  return state === undefined ? result : { ...result, known: { ...state } };
};

/** What is wrong with the entry that accepts a result: none or one sentence. */
export const knownWords = ({ known }: Result): string[] => {
  if (known?.state === 'stale')
    return [`accepted until ${known.until ?? 'a day in the past'} only (${known.reason}); mend it, or set another day`];
  if (known?.state === 'unexpectedly-good')
    return [`accepted as bad (${known.reason}), but it is good now: remove its entry from waxseal.known.json`];
  return [];
};

/** Whether a test passes with this result. */
export const isPassing = ({ known, status }: Result): boolean =>
  known === undefined ? PASSING.has(status) : known.state === 'expected';

const PASSING: ReadonlySet<string> = new Set(['safe', 'downgradable', 'not-applicable']);
