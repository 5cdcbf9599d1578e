import { CAME_TO_REST } from '../clients/driver.js';
import { afterSilence } from '../wire/silence.js';

interface RestOptions {
  /** The client waits for an answer of ours. */
  readonly isWaiting: () => boolean;
  /** Called before the client is ended. */
  readonly atRest: () => void;
}

/** Tells when a client that never ends by itself has come to rest: no byte has passed for a while. */
export class Rest {
  readonly #after: number | undefined;
  readonly #options: RestOptions;
  readonly #controller = new AbortController();
  #callOff: () => void = () => undefined;

  /** `after` milliseconds without a byte; never if undefined. */
  constructor(after: number | undefined, options: RestOptions) {
    this.#after = after;
    this.#options = options;
  }

  /** Aborted with the reason `CAME_TO_REST`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something happened on the wire. */
  delay(): void {
    if (this.#after === undefined || this.signal.aborted) return;
    this.#callOff();
    this.#callOff = afterSilence(this.#after, () => {
      if (this.#options.isWaiting()) {
        this.delay();
        return;
      }
      this.#options.atRest();
      this.#controller.abort(CAME_TO_REST);
    });
  }

  cancel(): void {
    this.#callOff();
  }
}
