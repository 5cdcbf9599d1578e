import { createRequire, syncBuiltinESMExports } from 'node:module';
import type * as Timers from 'node:timers/promises';

/** A timer of this clock, with as much of `NodeJS.Timeout` as our code uses. */
class VirtualTimer {
  readonly #due: number;
  readonly #over: () => void;
  #isOff = false;

  constructor(over: () => void, due: number) {
    this.#over = over;
    this.#due = due;
  }

  fire = (): void => {
    if (this.#isOff) return;
    this.#isOff = true;
    this.#over();
  };

  cancel(): void {
    this.#isOff = true;
    const same = timers.get(this.#due);
    if (same?.delete(this) !== true) return;
    pending -= 1;
    if (same.size === 0) timers.delete(this.#due);
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}

/** By the turn in which they are due. */
const timers = new Map<number, Set<VirtualTimer>>();
let pending = 0;
let turn = 0;
let isTurning = false;
let isUsed = false;

const real = { set: setTimeout, clear: clearTimeout, immediate: setImmediate, now: performance.now.bind(performance) };

/** Anyone who asks for the time takes some: loops until a moment end, and how fast the machine is changes nothing. */
let told = 0;
const now = (): number => (told = Math.max(told + ASKING, turn));

let turnBegan = 0;
let quiet = 0;

const nextTurn = (): void => {
  const began = real.now();
  quiet = began - turnBegan < QUIET ? quiet + 1 : 0;
  // Nobody has anything to do until then.
  if (quiet > MOST_QUIET) turn = Math.max(turn, Math.min(...timers.keys()) - 1);
  turn += 1;
  turnBegan = began;
  const due = timers.get(turn);
  timers.delete(turn);
  pending -= due?.size ?? 0;
  // Each with its microtasks and ticks, as from the system.
  for (const timer of due ?? []) real.immediate(timer.fire);
  isTurning = pending > 0;
  if (isTurning) real.immediate(nextTurn);
};

const after = (ms: number, over: () => void): VirtualTimer => {
  const due = turn + 1 + Math.max(0, Math.ceil(ms));
  const timer = new VirtualTimer(over, due);
  const same = timers.get(due);
  if (same === undefined) timers.set(due, new Set([timer]));
  else same.add(timer);
  pending += 1;
  if (!isTurning) {
    isTurning = true;
    real.immediate(nextTurn);
  }
  return timer;
};

/**
 * Puts turns of the event loop in the place of milliseconds, for all timers that this process sets from now on: nobody waits, and nobody
 * who says nothing for so long is one whose words others have kept from being read. A conversation goes the same way however
 * busy the machine is.
 */
export const useVirtualClock = (): void => {
  if (isUsed) return;
  isUsed = true;
  const began = real.now();
  turn = Math.ceil(began);
  turnBegan = began;
  const promised = createRequire(import.meta.url)('node:timers/promises') as {
    -readonly [K in keyof typeof Timers]: unknown;
  };
  promised.setTimeout = (ms = 1, value?: unknown) =>
    new Promise((resolve) => {
      after(ms, () => {
        resolve(value);
      });
    });
  Object.assign(globalThis, {
    setTimeout: (over: (...values: unknown[]) => void, ms = 1, ...values: unknown[]) =>
      after(ms, () => {
        over(...values);
      }),
    clearTimeout: (timer: VirtualTimer | NodeJS.Timeout | undefined) => {
      if (timer instanceof VirtualTimer) timer.cancel();
      else real.clear(timer);
    },
  });
  performance.now = now;
  syncBuiltinESMExports();
};

/** Milliseconds that pass each time when somebody asks for the time. */
const ASKING = 0.001;
/** Real milliseconds of a turn in which nothing was done but to count it. */
const QUIET = 0.05;
const MOST_QUIET = 10;

/** Calls `over` after real milliseconds, whatever clock is used; the result calls it off. */
export const afterReal = (ms: number, over: () => void): (() => void) => {
  const timer = real.set(over, ms);
  return () => {
    real.clear(timer);
  };
};

/** Real milliseconds since this process began. */
export const realNow = (): number => real.now();
