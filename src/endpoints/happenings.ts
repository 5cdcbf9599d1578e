import { settledOrSilence } from '../wire/silence.js';
import type { Wire, WireEvent } from '../wire/wire.js';
import type { Answerer } from './answerer.js';
import type { Withholding } from './withholding.js';

/** What happens next on a connection; an event is undefined where the client said nothing for as long as was waited. */
export type Happening =
  { readonly from: 'client'; readonly event: WireEvent | undefined } | { readonly from: 'server' | 'silence' };

/** Waits for the client, for what the server says unasked, and for the end of a silence: whatever comes second is waited for in the next turn. */
export class Happenings {
  readonly #wire: Wire;
  readonly #answerer: Answerer;
  readonly #held: Withholding;
  #reading: Promise<Happening> | undefined;
  #coming: Promise<Happening> | undefined;

  constructor(wire: Wire, answerer: Answerer, held: Withholding) {
    this.#wire = wire;
    this.#answerer = answerer;
    this.#held = held;
  }

  /** Whichever comes first; the client is waited for at most `patience` ms. */
  async next(patience: number): Promise<Happening> {
    this.#reading ??= this.#wire.read(patience).then((event) => ({ from: 'client', event }));
    // While the client is not heard nothing else is said either.
    const isSilent = this.#held.silence?.listens === false;
    if (!isSilent) this.#coming ??= this.#answerer.unsolicited?.arrives().then(() => ({ from: 'server' }));
    const happening = await Promise.race(
      [this.#reading, isSilent ? undefined : this.#coming, this.#held.over?.then(() => SILENCE_OVER)].filter(
        (each) => each !== undefined,
      ),
    );
    if (happening.from === 'client') this.#reading = undefined;
    else if (happening.from === 'server') this.#coming = undefined;
    return happening;
  }

  /** Resolves when the server says something unasked, if it was listened to; at most after `timeout` ms. */
  async waitForServer(timeout: number): Promise<void> {
    if (this.#coming !== undefined) await settledOrSilence(this.#coming, timeout);
  }

  /** What the server says unasked is listened for anew. */
  forgetServer(): void {
    this.#coming = undefined;
  }
}

const SILENCE_OVER: Happening = { from: 'silence' };
