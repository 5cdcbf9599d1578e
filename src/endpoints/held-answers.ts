import { LONGEST_MAIL } from '../protocols/message-size.js';

/** Something to do once the answers go out. */
export type Later = () => Promise<void>;

/** How answers are held back. */
export interface Silence {
  /** Milliseconds after the first thing that waits. */
  readonly ms: number;
  /** The client is heard, and only its answers wait; else what it says waits as well. */
  readonly listens: boolean;
  /** Answers are late afterwards, too. */
  readonly thenLate?: true;
  /** The way to the server takes that long: no silence worth a note. */
  readonly isUsual?: true;
}

/** What waits while a server is silent, in order. */
export class HeldAnswers {
  readonly silence: Silence;
  #waiting: Later[] = [];
  #bytes = 0;
  #over: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #end: () => void = () => undefined;
  #isHurried = false;

  constructor(silence: Silence) {
    this.silence = silence;
  }

  /** Nothing waits, so that the client is waited for. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Several things wait: the client has said more than one thing without an answer. */
  get isCrowded(): boolean {
    return this.#waiting.length > 1;
  }

  /** Resolves when the silence is over; undefined where nothing waits, or where the client's next word is waited for as long. */
  get over(): Promise<void> | undefined {
    return this.#over;
  }

  /** Does something later; `bytes` of the client wait with it, and are bounded like a mail: false if they are too many. */
  add(later: Later, bytes = 0): boolean {
    this.#bytes += bytes;
    if (this.#bytes > LONGEST_MAIL) return false;
    this.#waiting.push(later);
    if (this.silence.listens)
      this.#over ??= new Promise((resolve) => {
        this.#end = resolve;
        this.#timer = setTimeout(resolve, this.silence.ms);
      });
    return true;
  }

  /**
   * The client has said something. Where an answer waits, the silence has shown what it is to show, and ends soon: the client must not
   * run out of patience before its words are answered, by which they are understood.
   */
  spoken(): void {
    if (this.#isHurried || this.#timer === undefined || this.silence.ms <= SOON) return;
    this.#isHurried = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#end, SOON);
  }

  /** Takes away what waits longest; the rest waits for `silence` more. */
  next(silence: Silence): { readonly first: Later | undefined; readonly rest: HeldAnswers } {
    const [first, ...waiting] = this.take();
    const rest = new HeldAnswers(silence);
    for (const later of waiting) rest.add(later);
    return { first, rest };
  }

  /** Takes away all that waits. */
  take(): readonly Later[] {
    clearTimeout(this.#timer);
    return this.#waiting.splice(0);
  }
}

/** Milliseconds. */
const SOON = 400;
