import { takeUnexpected } from './unexpected.js';

/**
 * Ctrl-C, a hang-up or a request to end, as an abort signal; the second one is left to the system. An exception that nobody
 * caught aborts too, so that the report is written.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #leave: () => void;
  #bug: { readonly error: unknown } | undefined;
  readonly #stop = (): void => {
    this.#controller.abort();
    this.#unlisten();
  };

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#stop);
    this.#leave = takeUnexpected((error) => {
      this.#bug ??= { error };
      this.#controller.abort();
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What nobody caught; undefined as a rule. */
  get bug(): unknown {
    return this.#bug?.error;
  }

  [Symbol.dispose](): void {
    this.#leave();
    this.#unlisten();
  }

  #unlisten(): void {
    for (const name of SIGNALS) process.off(name, this.#stop);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
