/** Waits of one connection, bounded in all: no client asks as often for what a scenario delays. */
export class Delays {
  readonly #left: Promise<unknown>;
  #waited = 0;

  /** @param left resolves when nobody is there any more, or says anything */
  constructor(left: Promise<unknown>) {
    this.#left = left;
  }

  /** Waits `ms` milliseconds, as long as anybody is there: one who pipelines what is answered late, or gives up within a long pause, has ended. */
  async wait(ms: number): Promise<void> {
    if (this.#waited >= MOST_WAITED) return;
    this.#waited += ms;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([over, this.#left]);
    clearTimeout(timer);
  }
}

/** Milliseconds. */
const MOST_WAITED = 16_000;
