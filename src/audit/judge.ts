import { judgementOf, type Check, type Finding, type Subject } from '../checks/check.js';
import type { Probed } from './probed.js';

/** The facts that a check needs, or why it cannot be judged. */
export type Gathered = ReadonlyMap<string, Probed<unknown>>;

/** Judges one check; pure. A fault makes it inconclusive, a false precondition not applicable. */
export const judge = (check: Check, gathered: Gathered, subject: Subject): Finding => {
  const outcomes = Object.keys(check.needs).map((need) => gathered.get(need));
  const fault = outcomes.find((outcome) => outcome?.kind === 'fault');
  if (fault?.kind === 'fault') return { status: 'inconclusive', because: fault.fault.message };
  const missing = outcomes.find((outcome) => outcome?.kind === 'not-observed');
  if (missing?.kind === 'not-observed') return { status: 'not-applicable', because: missing.reason };
  return judgementOf(check, factsOf(gathered), subject);
};

/** The facts by the check's own names for them. */
export const factsOf = (gathered: Gathered): Record<string, unknown> =>
  Object.fromEntries(
    [...gathered].flatMap(([name, outcome]) => (outcome.kind === 'facts' ? [[name, outcome.facts]] : [])),
  );
