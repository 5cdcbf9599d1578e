import { AsyncLocalStorage, createHook, type AsyncHook } from 'node:async_hooks';
import { BlockWatch } from './block-watch.js';

/** One run of a client inside this very process. */
interface InProcess {
  readonly number: number;
  /** Told of what the client throws where nobody can catch it: in a socket's callback, in a promise that nobody awaits. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Runs a client in this process so that what it throws later, out of anybody's reach, is told to `onFailure` and not to
 * the process; and so that the one which blocks the process is named on standard error. What others throw goes the usual way.
 */
export const runInProcess = <T>(
  name: string,
  onFailure: InProcess['onFailure'],
  start: () => Promise<T>,
): Promise<T> => {
  const number = (count += 1);
  enter(number, name);
  return RUNS.run({ number, onFailure }, start).finally(() => {
    leave(number);
  });
};

const RUNS = new AsyncLocalStorage<InProcess>();
const EVENTS: ReadonlySet<unknown> = new Set(['uncaughtException', 'unhandledRejection']);

let count = 0;
const active = new Set<number>();
let lingering: NodeJS.Timeout | undefined;
let watch: BlockWatch | undefined;
let hook: AsyncHook | undefined;
let stopSifting: (() => void) | undefined;

const enter = (number: number, name: string): void => {
  active.add(number);
  clearTimeout(lingering);
  stopSifting ??= siftFailures();
  watch ??= new BlockWatch();
  watch.add(number, name);
  hook ??= createHook({
    before: () => {
      watch?.enter(RUNS.getStore()?.number ?? 0);
    },
  }).enable();
  watch.enter(number);
};

const leave = (number: number): void => {
  active.delete(number);
  if (active.size > 0) return;
  // Sockets that the client left behind may fail a little later.
  lingering = setTimeout(restore, LINGER);
  lingering.unref();
};

const restore = (): void => {
  hook?.disable();
  hook = undefined;
  watch?.stop();
  watch = undefined;
  stopSifting?.();
  stopSifting = undefined;
};

/**
 * What a client throws is kept from the process's listeners, whichever they are and whenever they came: a test runner adds and
 * removes its own between two files, so they are not taken away, but not told.
 */
const siftFailures = (): (() => void) => {
  // oxlint-disable-next-line typescript/unbound-method -- the proxy passes `this` on
  const told = process.emit;
  const sift = new Proxy(told, {
    apply: (_, on, args: unknown[]) => {
      const run = EVENTS.has(args[0]) ? RUNS.getStore() : undefined;
      if (run === undefined) return Reflect.apply(told, on, args) as boolean;
      run.onFailure(args[1]);
      return true;
    },
  });
  process.emit = sift;
  return () => {
    // If somebody has put an emit of their own over ours, it stays, and ours goes on below it.
    if (process.emit === sift) process.emit = told;
  };
};

/** Milliseconds. */
const LINGER = 500;
