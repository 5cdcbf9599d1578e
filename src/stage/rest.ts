import { CAME_TO_REST } from '../clients/driver.js';
import { afterSilence } from '../wire/silence.js';

/** Tells when a client that never ends by itself has come to rest: no byte has passed for a while. */
export class Rest {
  readonly #after: number | undefined;
  readonly #atRest: () => void;
  readonly #controller = new AbortController();
  #callOff: () => void = () => undefined;

  /** `after` milliseconds without a byte; never if undefined. `atRest` is called before the client is ended. */
  constructor(after: number | undefined, atRest: () => void) {
    this.#after = after;
    this.#atRest = atRest;
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
      this.#atRest();
      this.#controller.abort(CAME_TO_REST);
    });
  }

  cancel(): void {
    this.#callOff();
  }
}
