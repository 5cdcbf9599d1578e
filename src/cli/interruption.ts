/** Ctrl-C, a hang-up or a request to end, as an abort signal; the second one is left to the system. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #stop = (): void => {
    this.#controller.abort();
    this[Symbol.dispose]();
  };

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#stop);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) process.off(name, this.#stop);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
