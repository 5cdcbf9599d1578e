import { closeSync, openSync, readSync } from 'node:fs';
import { realNow } from './virtual-clock.js';

/**
 * How long the event loop of this process was blocked at most, in milliseconds: between two ticks that are due every 5 ms,
 * the time that passed, but no more than the thread of the loop computed meanwhile. Other processes take the machine away;
 * that blocks nobody for whose code this is.
 */
export class LoopWatch implements Disposable {
  #longest = 0;
  readonly #timer: NodeJS.Timeout;
  readonly #computed = new Computed();

  constructor() {
    let then = realNow();
    let used = this.#computed.ms();
    this.#timer = setInterval(() => {
      const now = realNow();
      const total = this.#computed.ms();
      const block = Math.min(now - then, total - used) - PERIOD;
      if (block > TOLD && process.env['WAXSEAL_HOSTILE_PROFILE'] !== undefined)
        process.stderr.write(`block of ${String(Math.round(block))} ms until ${String(process.hrtime.bigint())}\n`);
      this.#longest = Math.max(this.#longest, block);
      then = now;
      used = total;
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
    this.#computed[Symbol.dispose]();
  }
}

/** What the first thread of this process has computed; of all its threads together, where the system does not tell them apart. */
class Computed implements Disposable {
  readonly #file = openedOrNone('/proc/self/schedstat');
  readonly #text = Buffer.alloc(64);

  ms(): number {
    if (this.#file === undefined) {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    }
    const length = readSync(this.#file, this.#text, 0, this.#text.length, 0);
    return Number(this.#text.toString('latin1', 0, length).split(' ')[0]) / 1e6;
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

const openedOrNone = (path: string): number | undefined => {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
};

const PERIOD = 5;
/** Milliseconds of blocks that are looked for in a profile. */
const TOLD = 45;
