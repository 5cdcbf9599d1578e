import { Fault } from '../fault.js';
import { NotObserved } from '../probes/probe.js';

/** What came of a probe. */
export type Probed<T> =
  | { readonly kind: 'facts'; readonly facts: T }
  | { readonly kind: 'not-observed'; readonly reason: string }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Whether a probe found that there is nothing to see. */
export const isUnseen = (made: () => unknown): boolean => {
  try {
    made();
    return false;
  } catch (error) {
    return error instanceof NotObserved;
  }
};

/** Something of ours that broke; it names what, and costs no more than that. */
export const bugIn = (what: string, error: unknown): Fault =>
  new Fault('HARNESS_BUG', `a bug of waxseal in ${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });

/** Whether the server could not be reached, or did not answer in time. */
export const isUnreachable = (outcome: Probed<unknown>): boolean =>
  outcome.kind === 'fault' && (outcome.fault.code === 'UNREACHABLE' || outcome.fault.code === 'TIMED_OUT');
