import type { ClientEnd } from '../verdict/visit.js';
import type { ClientTask, Driver } from './driver.js';

/** A driver that calls a function once a visit; what it throws is the client's business and kept as a fact. */
export const functionDriver = (start: (task: ClientTask) => unknown): Driver => ({
  run: async (task) => {
    const started = performance.now();
    const end = (rest: Partial<ClientEnd> & Pick<ClientEnd, 'how'>): ClientEnd => ({
      stdout: '',
      stderr: '',
      duration: performance.now() - started,
      ...rest,
    });
    const givenUp = new Promise<ClientEnd>((resolve) => {
      task.signal.addEventListener(
        'abort',
        () => {
          resolve(end({ how: 'stopped' }));
        },
        { once: true },
      );
    });
    const settled = Promise.resolve()
      .then(() => start(task))
      .then(
        () => end({ how: 'rested' }),
        (error: unknown) => end({ how: 'rested', error: error instanceof Error ? error.message : String(error) }),
      );
    return Promise.race([settled, givenUp]);
  },
});
