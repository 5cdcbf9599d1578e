/** Watches how late the event loop is: a process that does not get to run cannot observe. */
export class LoopDelay implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #watches = new Set<{ worst: number; readonly since: number }>();
  #due: number;

  constructor(period = 25) {
    this.#due = performance.now() + period;
    this.#timer = setInterval(() => {
      this.#look(period);
    }, period);
    this.#timer.unref();
  }

  /** Begins to watch; call the result for the longest delay since then, in milliseconds. */
  watch(): () => number {
    const watch = { worst: 0, since: performance.now() };
    this.#watches.add(watch);
    return () => {
      // A stall that has not ended yet counts as well.
      watch.worst = Math.max(watch.worst, performance.now() - Math.max(this.#due, watch.since));
      this.#watches.delete(watch);
      return watch.worst;
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(period: number): void {
    const now = performance.now();
    // What happened before somebody began to watch is not his.
    for (const watch of this.#watches) watch.worst = Math.max(watch.worst, now - Math.max(this.#due, watch.since));
    this.#due = now + period;
  }
}
