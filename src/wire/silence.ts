/**
 * Calls `over` when this process has listened for `timeout` ms in vain; the result calls it off. Time in which the process was
 * held up does not count, and what came meanwhile is read first: a machine that is slow is no peer that is silent.
 */
export const afterSilence = (timeout: number, over: () => void): (() => void) => {
  let repeats = MOST_REPEATS;
  let timer: NodeJS.Timeout;
  let immediate: NodeJS.Immediate | undefined;
  const wait = (ms: number): void => {
    const due = performance.now() + ms;
    timer = setTimeout(() => {
      const late = performance.now() - due;
      if (late < HELD_UP || repeats === 0) immediate = setImmediate(over);
      else {
        repeats -= 1;
        wait(Math.min(late, timeout));
      }
    }, ms);
  };
  wait(timeout);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
};

/** Resolves when the promise has settled, or as `afterSilence` says; says whether it has settled. */
export const settledOrSilence = (promise: Promise<unknown>, timeout: number): Promise<boolean> =>
  new Promise((resolve) => {
    const callOff = afterSilence(timeout, () => {
      resolve(false);
    });
    const settled = (): void => {
      callOff();
      resolve(true);
    };
    promise.then(settled, settled);
  });

/** Milliseconds that a timer is late on a machine that is not slow. */
const HELD_UP = 10;
/** So that the wait ends on a machine that is always slow. */
const MOST_REPEATS = 4;
