/** Waits of one connection, bounded in all: no client asks as often for what a scenario delays. */
export class Delays {
  readonly #closed: Promise<unknown>;
  #waited = 0;

  /** @param closed resolves when nobody is there any more */
  constructor(closed: Promise<unknown>) {
    this.#closed = closed;
  }

  /** Waits `ms` milliseconds, as long as anybody is there: one who pipelines what is answered late, and leaves, must not hold a place meanwhile. */
  async wait(ms: number): Promise<void> {
    if (this.#waited >= MOST_WAITED) return;
    this.#waited += ms;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([over, this.#closed]);
    clearTimeout(timer);
  }
}

/** Milliseconds. */
const MOST_WAITED = 16_000;
