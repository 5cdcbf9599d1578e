/** How much of the event loop one connection has taken, in milliseconds; it decides who goes first. */
export class Share {
  taken = 0;
}

/**
 * Shares the event loop of this process. Work waits in line and is done in slices of a few milliseconds, between which
 * connections are accepted, sockets read and timers run. Whose share is small goes first, so that a client that has just
 * come does not wait for those that flood; work that nobody waits for goes last.
 */
export class Turns {
  readonly #lines: readonly Line<Work>[] = [...LIMITS, Infinity].map(() => new Line());
  readonly #behind = new Line<() => void>();
  /** Work in many steps, each of which takes long by itself. */
  readonly #long = new Line<() => void>();
  #isScheduled = false;
  #sliceEnds = 0;
  /** Whose work is being done, with what it causes before the next work begins. */
  #current: { readonly share: Share | undefined; readonly since: number } | undefined;
  #count = 0;
  /** When the last step of a long work was done. */
  #lastLong = 0;
  /** Pieces of work of this slice that nobody waits for. */
  #doneBehind = 0;
  #isHurried = false;
  /** Turns of the event loop in a row in which no work was done, because connections came. */
  #passed = 0;

  /**
   * More is to come, of which the event loop takes only one piece a turn: the next turns pass without work as long as this is said in
   * each, at most a few in a row; then a short slice is done.
   */
  hurry(): void {
    this.#isHurried = true;
  }

  /** Whether so much waits that no more should be taken on from those that have most. */
  get isOverloaded(): boolean {
    const waiting = this.#lines.reduce((sum, { length }) => sum + length, 0);
    return this.behind > OVERLOAD || waiting > OVERLOAD;
  }

  /** Does the work when it is its turn. */
  run(share: Share, work: () => void): void {
    const line = this.#lines[LIMITS.filter((limit) => share.taken >= limit).length];
    line?.push({ share, work });
    this.#schedule();
  }

  /** Resolves when it is the caller's turn. */
  next(share: Share): Promise<void> {
    return new Promise((resolve) => {
      this.run(share, resolve);
    });
  }

  /** Does work that nobody waits for, after what was given here before. */
  runBehind(work: () => void): void {
    this.#behind.push(work);
    this.#schedule();
  }

  /** Does work that nobody waits for in steps, of which each says whether it was the last; others are served between them. */
  runInSteps(step: () => boolean): void {
    this.#long.push(() => {
      if (!step()) this.runInSteps(step);
    });
    this.#schedule();
  }

  /** Works that were given to `runBehind` or `runInSteps` and are not done yet. */
  get behind(): number {
    return this.#behind.length + this.#long.length;
  }

  /** Does at once what was given to `runBehind`, if it is no more than so many works. */
  catchUp(most: number): void {
    if (this.#behind.length > most) return;
    for (let next = this.#behind.shift(); next !== undefined; next = this.#behind.shift()) next();
  }

  /**
   * Does what waits, and what it causes, in slices between which the event loop goes on. Resolves when nothing waits any more, or after
   * two seconds: who floods may never stop.
   */
  async finish(): Promise<void> {
    const until = performance.now() + LONGEST_FINISH;
    while (performance.now() < until) {
      const sliceEnds = performance.now() + SLICE;
      do {
        const next = this.#lines.find((line) => line.length > 0)?.shift()?.work ?? this.#nextBehind();
        if (next === undefined) return;
        next();
        // What it causes at once is its own.
        await new Promise<void>((resolve) => {
          process.nextTick(resolve);
        });
      } while (performance.now() < sliceEnds);
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /** Does at once what waits: bytes that came, and then what nobody waits for. */
  flush(): void {
    for (const line of this.#lines) for (let next = line.shift(); next !== undefined; next = line.shift()) next.work();
    for (let next = this.#nextBehind(); next !== undefined; next = this.#nextBehind()) next();
  }

  /** What takes long has its turn too while ever new work comes. */
  #nextBehind(): (() => void) | undefined {
    const now = performance.now();
    if (this.#behind.length > 0 && (this.#long.length === 0 || now - this.#lastLong < LONG_TURN))
      return this.#behind.shift();
    this.#lastLong = now;
    return this.#long.shift();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      const isHurried = this.#isHurried;
      this.#isHurried = false;
      if (isHurried && this.#passed < MOST_PASSED) {
        this.#passed += 1;
        this.#isScheduled = false;
        this.#schedule();
        return;
      }
      this.#passed = 0;
      this.#sliceEnds = performance.now() + (isHurried ? SHORT_SLICE : SLICE);
      this.#doneBehind = 0;
      this.#step();
    });
  }

  /** One piece of work. What it causes at once (promises, next ticks) is done before the next step, and counts for its share. */
  #step(): void {
    const now = performance.now();
    if (this.#current?.share !== undefined)
      this.#current.share.taken += Math.min(now - this.#current.since, MOST_COUNTED);
    this.#current = undefined;
    const work = now < this.#sliceEnds ? this.#take() : undefined;
    if (work === undefined) {
      this.#isScheduled = false;
      if (this.behind > 0 || this.#lines.some((line) => line.length > 0)) this.#schedule();
      return;
    }
    this.#current = { share: work.share, since: now };
    // Also where the work throws: that is its caller's, and must not end the turns of all others.
    queueMicrotask(() => {
      process.nextTick(() => {
        this.#step();
      });
    });
    work.work();
  }

  #take(): { readonly share: Share | undefined; readonly work: () => void } | undefined {
    this.#count += 1;
    const due = Math.ceil(this.behind / BEHIND);
    const waiting = this.#lines.filter((line) => line.length > 0);
    if (this.#doneBehind < due || waiting.length === 0) {
      const work = this.#nextBehind();
      this.#doneBehind += 1;
      if (work !== undefined) return { share: undefined, work };
    }
    // Now and then it is the turn of one who has taken much.
    return (this.#count % PATIENCE === 0 ? waiting.at(-1) : waiting[0])?.shift();
  }
}

interface Work {
  readonly share: Share;
  readonly work: () => void;
}

/** First come, first served, in constant time. */
class Line<T> {
  #items: T[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#first];
    if (this.#first >= this.#items.length) return undefined;
    this.#first += 1;
    if (this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}

/** Milliseconds. */
const SLICE = 8;
const SHORT_SLICE = 2;
/** Turns in a row; to accept a connection takes a fraction of what serving it does. */
const MOST_PASSED = 4;
const LONGEST_FINISH = 2000;
/** Of one piece of work: longer ones are mostly those during which another process had the machine. */
const MOST_COUNTED = 4;
/** Works that wait. */
const OVERLOAD = 200;
/** Milliseconds of a share from which on its connection waits for all that have taken less. */
const LIMITS = [10, 40, 160] as const;
/** Of so many works one is taken from the last line. */
const PATIENCE = 8;
/** Milliseconds after which a long work has a step whatever else waits: that of others takes most of the time. */
const LONG_TURN = 100;
/** One of so many works that nobody waits for is done in a slice whatever else waits, so that their number stays bounded. */
const BEHIND = 50;

/** The turns of this process: it has one event loop. */
export const TURNS = new Turns();
