/**
 * How long the event loop of this process was blocked at most, in milliseconds: between two ticks that are due every 5 ms,
 * the time that passed, but no more than this process computed meanwhile. Other processes take the machine away; that blocks
 * nobody for whose code this is.
 */
export class LoopWatch implements Disposable {
  #longest = 0;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    let then = performance.now();
    let used = process.cpuUsage();
    this.#timer = setInterval(() => {
      const now = performance.now();
      const { user, system } = process.cpuUsage(used);
      this.#longest = Math.max(this.#longest, Math.min(now - then, (user + system) / 1000) - PERIOD);
      then = now;
      used = process.cpuUsage();
    }, PERIOD);
    this.#timer.unref();
  }

  get longest(): number {
    return Math.round(this.#longest);
  }

  /** Forgets what was until now. */
  reset(): void {
    this.#longest = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

const PERIOD = 5;
