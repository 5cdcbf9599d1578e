import type { LimitFunction } from 'p-limit';

/** Starting costs processor time, waiting does not: a run holds its place among `starts` only until it calls `started`, or ends. */
export const whileStarting = <T>(starts: LimitFunction, run: (started: () => void) => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    void starts(
      () =>
        new Promise<void>((started) => {
          run(started).then(resolve, reject).finally(started);
        }),
    );
  });
