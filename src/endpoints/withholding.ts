import type { Transcript } from '../wire/transcript.js';
import { HeldAnswers, type Later, type Silence } from './held-answers.js';

/** Whether answers of one connection go out or wait, and the notes of both in its transcript. */
export class Withholding {
  readonly #transcript: Transcript;
  #held: HeldAnswers | undefined;

  constructor(transcript: Transcript) {
    this.#transcript = transcript;
  }

  /** How answers are held back; undefined where they are not. */
  get silence(): Silence | undefined {
    return this.#held?.silence;
  }

  /** Something waits, and the client is not heard meanwhile. */
  get isDeaf(): boolean {
    return this.#held?.isEmpty === false && !this.#held.silence.listens;
  }

  /** Resolves when the silence is over; undefined where nothing waits for that. */
  get over(): Promise<void> | undefined {
    return this.#held?.over;
  }

  begin(silence: Silence): void {
    this.#held = new HeldAnswers(silence);
    this.#transcript.note({ what: 'withheld', by: 'scenario' });
  }

  /** Does something once the answers go out, or now where none wait; false if what waits is too much (`bytes` of the client's). */
  async after(later: Later, bytes = 0): Promise<boolean> {
    if (this.#held !== undefined) return this.#held.add(later, bytes);
    await later();
    return true;
  }

  /** The client has said something, which is listened to. */
  spoken(): void {
    this.#held?.spoken();
  }

  /** All that waits goes out, as long as the conversation is not over. */
  async release(isOver: () => boolean): Promise<void> {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#note(held);
    // Answers that come all at once would not show whether a client that is ahead of them counted one more.
    const goesOnLate = !held.silence.listens && (held.silence.thenLate === true || held.isCrowded);
    if (goesOnLate) this.#held = new HeldAnswers(AFAR);
    for (const each of held.take()) {
      if (isOver()) return;
      await each();
    }
    if (held.silence.listens) this.#held = new HeldAnswers(AFAR);
  }

  /** The other door's next answer. It is as far away as servers are: a client that does not wait for answers gets ahead of them. */
  async releaseNext(): Promise<void> {
    const held = this.#held;
    if (held === undefined) return;
    this.#note(held);
    const { first, rest } = held.next(AFAR);
    // What is said now does not wait again.
    this.#held = undefined;
    await first?.();
    this.#held = rest;
  }

  /** What waits never goes out. */
  forget(): void {
    this.#held?.take();
  }

  #note({ silence }: HeldAnswers): void {
    if (silence.isUsual !== true) this.#transcript.note({ what: 'released', by: 'us' });
  }
}

/** How far away the other door is, in milliseconds. */
const AFAR: Silence = { ms: 80, listens: true, isUsual: true };
