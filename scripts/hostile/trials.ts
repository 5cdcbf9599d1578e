import type { Failure, PieceOptions, Row } from './piece.js';
import { Random } from './random.js';
import { afterReal, realNow } from './virtual-clock.js';

/** How often something is attempted. */
export interface Wanted {
  /** In the long form. */
  readonly long: number;
  /** At most, in the short form; time may end it earlier. */
  readonly short: number;
  /** Share of the piece's seconds, in the short form. */
  readonly share?: number;
  /** Attempts under way at once; 1 by default. */
  readonly atOnce?: number;
  /** Milliseconds after which an attempt counts as hung; 20 s by default. */
  readonly patience?: number;
}

/** Counts attempts, each with random choices of its own, so that one can be made again alone. */
export class Trials {
  readonly rows: Row[] = [];
  readonly #options: PieceOptions;
  readonly #piece: string;
  #stray: string[] = [];

  constructor(piece: string, options: PieceOptions) {
    this.#piece = piece;
    this.#options = options;
    const stray = (error: unknown): void => void this.#stray.push(`uncaught: ${described(error)}`);
    process.on('uncaughtException', stray).on('unhandledRejection', stray);
  }

  /** Of the lines that an attempt wants to say, those that it says: all, but where a failure is made smaller. */
  kept<T>(lines: readonly T[]): T[] {
    return lines.filter((line) => {
      this.#lines.push(String(line));
      return !this.#dropped.has(this.#lines.length - 1);
    });
  }
  #lines: string[] = [];
  #dropped: ReadonlySet<number> = new Set();

  /** Leaves out halves, quarters and single lines of a failed attempt while it fails in the same words; tells what is left. */
  async #minimise(first: string, again: () => Promise<string | undefined>): Promise<string> {
    const kind = first.slice(0, SAME);
    const attempt = async (dropped: ReadonlySet<number>): Promise<boolean> => {
      this.#lines = [];
      this.#dropped = dropped;
      return (await again())?.slice(0, SAME) === kind;
    };
    if (!(await attempt(new Set()))) return 'it does not fail again';
    const count = this.#lines.length;
    let dropped: ReadonlySet<number> = new Set();
    for (let size = count >> 1; size >= 1; size >>= 1)
      for (let at = 0; at < count; at += size) {
        const more = new Set([...dropped, ...Array.from({ length: size }, (_, index) => at + index)]);
        if (more.size > dropped.size && (await attempt(more))) dropped = more;
      }
    await attempt(dropped);
    return this.#lines.flatMap((line, index) => (dropped.has(index) ? [] : [JSON.stringify(line)])).join('\n');
  }

  /** Random choices of the whole piece. */
  random(purpose: string): Random {
    return new Random(this.#options.seed, this.#piece, purpose);
  }

  /** Makes attempts until there were enough, or time is up; one that throws, or hangs, has failed. */
  async row(
    name: string,
    wanted: Wanted,
    attempt: (random: Random, index: number) => Promise<void> | void,
  ): Promise<void> {
    const { only, rows, count, long, list, seed, seconds, log } = this.#options;
    if (only !== undefined ? only.row !== name : rows?.includes(name) === false) return;
    if (list === true) {
      this.rows.push({ name, full: wanted.long, tried: 0, survived: 0, failures: [] });
      return;
    }
    const began = realNow();
    const until = long ? Infinity : began + seconds * 1000 * (wanted.share ?? 1);
    const most = only === undefined ? (long ? (count ?? wanted.long) : wanted.short) : only.index + 1;
    const done = only === undefined ? this.#options.progress.of(name) : undefined;
    const first = only?.index ?? done?.tried ?? 0;
    const failures: Failure[] = [...(done?.failures ?? [])];
    /** The attempts of this process that failed, and those that are under way. */
    const [failed, open]: [number[], Set<number>] = [[], new Set()];
    let [next, said, kept] = [first, began, began];
    const soFar = (end: number): Row => ({
      name,
      full: wanted.long,
      tried: end - (only?.index ?? 0),
      survived: (done?.survived ?? 0) + end - first - new Set(failed.filter((index) => index < end)).size,
      failures,
    });
    /** What is under way, and what came after it, is made again by the one who goes on. */
    const keep = (): void => {
      kept = realNow();
      if (only === undefined) this.#options.progress.keep(soFar(Math.min(next, ...open)), this.#options.measured());
    };
    const fail = (what: string, index: number): void => {
      failed.push(index);
      if (failures.length >= MOST_FAILURES) return;
      log(`${name}:${String(index)} failed: ${what.slice(0, only === undefined ? LONGEST : Infinity)}`);
      failures.push({
        what: what.slice(0, LONGEST),
        again: `npm run hostile -- ${this.#piece} --seed ${seed} --only '${name}:${String(index)}'`,
      });
    };
    const worker = async (): Promise<void> => {
      while (next < most && (realNow() < until || next === first)) {
        const index = next;
        next += 1;
        open.add(index);
        try {
          await within(wanted.patience ?? PATIENCE, attempt(new Random(seed, this.#piece, name, index), index));
        } catch (error) {
          fail(described(error), index);
          if (this.#options.minimise === true && only !== undefined)
            log(
              `what is left of it:\n${await this.#minimise(described(error), async () => {
                try {
                  await within(wanted.patience ?? PATIENCE, attempt(new Random(seed, this.#piece, name, index), index));
                  return undefined;
                } catch (other) {
                  return described(other);
                }
              })}`,
            );
        }
        this.#lines = [];
        // Where several are under way, it may have been any of them.
        for (const what of this.#stray.splice(0)) fail(what, index);
        await new Promise((resolve) => setImmediate(resolve));
        open.delete(index);
        if (realNow() - kept > KEPT_EVERY) keep();
        if (realNow() - said < SAID_EVERY) continue;
        said = realNow();
        log(`${name}: ${String(next)} of ${String(most)}, ${String(failed.length)} failed`);
      }
    };
    await Promise.all(Array.from({ length: wanted.atOnce ?? 1 }, worker));
    keep();
    this.rows.push(soFar(next));
    const took = (realNow() - began) / 1000;
    log(`${name}: ${String(next - first)} in ${took.toFixed(1)} s, ${String(failed.length)} failed`);
  }
}

/** Time in which nothing at all could run is nobody's hanging: a second counts once it was waited for. */
const within = async (ms: number, work: Promise<void> | void): Promise<void> => {
  if (work === undefined) return;
  let calledOff: (() => void) | undefined;
  const late = new Promise<void>((_, reject) => {
    let left = ms;
    const wait = (): void => {
      const part = Math.min(left, 1000);
      left -= part;
      calledOff = afterReal(part, () => {
        if (left > 0) wait();
        else reject(new Error(`hung: not over after ${String(ms)} ms`));
      });
    };
    wait();
  });
  try {
    await Promise.race([work, late]);
  } finally {
    calledOff?.();
  }
};

const described = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' | ') : String(error);

/** Characters of what went wrong that tell one kind of failure from another. */
const SAME = 40;
const KEPT_EVERY = 10_000;
const SAID_EVERY = 30_000;
const MOST_FAILURES = 3;
const LONGEST = 600;
const PATIENCE = 20_000;
