/**
 * Work that holds up everybody while it is done, one piece a turn of the event loop: between two pieces, connections
 * are answered. Where there is little to do, it is done at once.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  /** Does the work now, or after what waits already. */
  run(work: () => void): void {
    if (this.#isTaken) {
      this.#waiting.push(work);
      // What waits holds memory: a crowd pays for itself.
      while (this.#waiting.length > MOST_WAITING) this.#waiting.shift()?.();
      return;
    }
    this.#isTaken = true;
    setImmediate(() => {
      this.#next();
    });
    work();
  }

  /** Does all that waits. */
  flush(): void {
    for (const work of this.#waiting.splice(0)) work();
  }

  #next(): void {
    this.#isTaken = false;
    const work = this.#waiting.shift();
    if (work !== undefined) this.run(work);
  }
}

const MOST_WAITING = 200;
