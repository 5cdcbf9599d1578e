import type { Call } from '../probes/call.js';

/**
 * A connection for a probe that may have left others of its own behind: while it waits for a place, those on which nothing goes on
 * are closed, so that it never waits for itself.
 */
export const withoutLeftBehind = async (calls: readonly Call[], dial: () => Promise<Call>): Promise<Call> => {
  const resting = new Map<Call, number | undefined>();
  const timer = setInterval(() => {
    for (const call of calls) {
      const { restingAfter } = call;
      if (restingAfter !== undefined && resting.get(call) === restingAfter) call.close();
      resting.set(call, restingAfter);
    }
  }, AT_REST);
  try {
    return await dial();
  } finally {
    clearInterval(timer);
  }
};

/** Milliseconds. */
const AT_REST = 100;
