import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { Case } from '../cases/case.js';
import { seenVisit, type Seen } from '../document/seen.js';
import { isProof } from '../verdict/judgement.js';
import { atSlowerPace } from '../verdict/pace.js';
import type { Visit } from '../verdict/visit.js';
import { doubt, INTERRUPTED } from './doubt.js';
import { INTOLERABLE_DELAY, isContradicted, knowingRefusal } from './learned.js';
import { LoopDelay } from './loop-delay.js';
import type { SessionOptions, Taught } from './session-options.js';
import { whileStarting } from './while-starting.js';

/** A visit that was made and judged, and its bytes before they were masked: facts are taken from those. */
export interface Watched {
  readonly seen: Seen;
  readonly happened: Visit;
}

/** What visits are made with. */
export interface VisitOptions extends Pick<SessionOptions, 'observe' | 'masking'> {
  readonly signal: AbortSignal;
  /** The number of the first visit that no plan knows of. */
  readonly spare: number;
  /** A visit that counts was made. */
  readonly store: (seen: Seen) => void;
  /** A visit could not be made. */
  readonly failed: (one: Case, error: unknown) => void;
}

/** Makes and judges the visits of a session, and makes one again where waxseal itself or the client was too slow to conclude from it. */
export class SessionVisits implements Disposable {
  readonly #options: VisitOptions;
  readonly #signal: AbortSignal;
  readonly #delay = new LoopDelay();
  readonly #starts = pLimit(Math.max(1, availableParallelism()));
  #spare: number;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: VisitOptions) {
    this.#options = options;
    this.#signal = options.signal;
    this.#spare = options.spare;
  }

  /** One visit; undefined where the session ends, or it could not be made. */
  async one(one: Case, number: number, taught: Taught): Promise<Watched | undefined> {
    if (this.#signal.aborted) return undefined;
    try {
      const { delay, ...watched } = await this.#watched(one, number, taught);
      // Proof stands however slow we were; everything else may be our own fault.
      const last =
        delay < INTOLERABLE_DELAY || isProof(watched.seen.judgement) ? watched : await this.#onceMore(one, taught);
      return this.#store(await this.#atItsPace(one, last, taught));
    } catch (error) {
      this.#options.failed(one, error);
      return undefined;
    }
  }

  /** A client may be slower than it was in its control, as on a busy machine: it meets longer pauses then. */
  async #atItsPace(one: Case, watched: Watched, taught: Taught): Promise<Watched> {
    let [last, control] = [watched, taught.control];
    for (let tries = 0; tries < MOST_PACES && last.seen.judgement.status === 'inconclusive'; tries += 1) {
      control = one.scenario.goesByPace === true && control ? atSlowerPace(control, last.happened) : undefined;
      if (control === undefined || this.#signal.aborted) break;
      last = await this.#onceMore(one, { ...taught, control });
    }
    return last;
  }

  /** A number for a visit that no plan knew of. */
  spareNumber(): number {
    const spare = this.#spare;
    this.#spare += 1;
    return spare;
  }

  /** Under a number of its own: others may be repeated too, and canaries must tell them apart. */
  async #onceMore(one: Case, taught: Taught): Promise<Watched> {
    const spare = this.spareNumber();
    const { delay, ...watched } = await this.#alone(() => this.#watched(one, spare, taught));
    if (delay < INTOLERABLE_DELAY || isProof(watched.seen.judgement)) return watched;
    const slow = `machine too slow: waxseal itself was held up for ${String(Math.round(delay))} ms; use fewer --jobs`;
    return { ...watched, seen: { ...watched.seen, judgement: doubt(slow) } };
  }

  async #watched(one: Case, number: number, taught: Taught): Promise<Watched & { delay: number }> {
    const delay = this.#delay.watch();
    let late: number | undefined;
    // What is done with a visit once it is over, such as masking a long mail, has eaten nothing of it.
    const ended = (): void => void (late ??= delay());
    const { refusal, ...known } = taught;
    const observed = await whileStarting(this.#starts, (started) =>
      this.#options.observe(one, number, known, { signal: this.#signal, started, ended }),
    );
    ended();
    const happened =
      refusal !== undefined && isContradicted(observed) ? knowingRefusal(observed, await refusal()) : observed;
    const seen = seenVisit(one, happened, this.#options.masking);
    if ('bug' in seen) throw seen.bug;
    const cut = this.#signal.aborted && !isProof(seen.judgement) && happened.client.how === 'stopped';
    return { seen: cut ? { ...seen, judgement: doubt(INTERRUPTED) } : seen, happened, delay: late ?? 0 };
  }

  /** One after the other, outside the pool's other work as far as that can be had. */
  #alone<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.#queue.then(run, run);
    this.#queue = mine.catch(() => undefined);
    return mine;
  }

  #store(watched: Watched): Watched {
    this.#options.store(watched.seen);
    return watched;
  }

  [Symbol.dispose](): void {
    this.#delay[Symbol.dispose]();
  }
}

/** Visits of one case with longer pauses. */
const MOST_PACES = 4;
