import pLimit from 'p-limit';

/**
 * Plays a list for the tests that await its items, some ahead of the test that runs: most of the work is waiting.
 * From the first item on, as many are begun as may play at once, and the more the more are asked for in a row; with `--grep` few are.
 */
export class Ahead<Item, Outcome> {
  readonly #items: readonly Item[];
  readonly #play: (item: Item) => Promise<Outcome>;
  readonly #most: number;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #outcomes: (Promise<Outcome> | undefined)[] = [];
  readonly #playing = new Set<Promise<Outcome>>();
  #ahead: number;
  #last = -1;

  /** `atOnce` items play side by side, at most `most` have begun or wait for their turn. */
  constructor(
    items: readonly Item[],
    play: (item: Item) => Promise<Outcome>,
    { atOnce, most }: { readonly atOnce: number; readonly most: number },
  ) {
    this.#items = items;
    this.#play = play;
    this.#most = most;
    this.#ahead = Math.ceil(atOnce / 2);
    this.#limit = pLimit(atOnce);
  }

  /** What became of an item. */
  outcome(index: number): Promise<Outcome> {
    this.#ahead = index === this.#last + 1 ? Math.min(2 * this.#ahead, this.#most) : 1;
    this.#last = index;
    for (const [at, item] of this.#items.slice(index, index + this.#ahead).entries())
      this.#outcomes[index + at] ??= this.#begin(item);
    return this.#outcomes[index] ?? Promise.reject(new RangeError(`there is no item ${String(index)}`));
  }

  /** Lets what plays come to its end; what has not begun never does. To be awaited after the last test. */
  async stop(): Promise<void> {
    this.#limit.clearQueue();
    await Promise.allSettled(this.#playing);
  }

  #begin(item: Item): Promise<Outcome> {
    const outcome = this.#limit(() => {
      const playing = this.#play(item);
      this.#playing.add(playing);
      return playing;
    });
    // It is awaited by its own test, which may come much later, or never.
    outcome.catch(() => undefined);
    return outcome;
  }
}
