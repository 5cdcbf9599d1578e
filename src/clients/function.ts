import type { ClientEnd } from '../verdict/visit.js';
import type { ClientTask, Driver } from './driver.js';
import { runInProcess } from './in-process.js';

/**
 * A driver that calls a function once a visit, synchronous or not; what it throws, at once or later in a callback, is the
 * client's business and kept as a fact.
 */
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
    const failed = (error: unknown): ClientEnd =>
      end({ how: 'rested', error: error instanceof Error ? error.message : String(error) });
    return new Promise((resolve) => {
      void givenUp.then(resolve);
      const fails = (error: unknown): void => {
        resolve(failed(error));
      };
      const name = task.name ?? `visit ${String(task.visit)}`;
      runInProcess(name, fails, async () => start(task)).then(() => {
        resolve(end({ how: 'rested' }));
      }, fails);
    });
  },
});
