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
const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
type EventHandler = (...args: unknown[]) => void;

let count = 0;
const active = new Set<number>();
let others: { readonly event: (typeof EVENTS)[number]; readonly listeners: readonly EventHandler[] }[] | undefined;
let lingering: NodeJS.Timeout | undefined;
let watch: BlockWatch | undefined;
let hook: AsyncHook | undefined;

const enter = (number: number, name: string): void => {
  active.add(number);
  clearTimeout(lingering);
  if (others === undefined) {
    others = EVENTS.map((event) => ({
      event,
      listeners: process.listeners(event as 'uncaughtException') as EventHandler[],
    }));
    for (const event of EVENTS) {
      process.removeAllListeners(event);
      process.on(event, HANDLERS[event]);
    }
  }
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
  for (const { event, listeners } of others ?? []) {
    process.off(event, HANDLERS[event]);
    for (const listener of listeners) process.on(event, listener);
  }
  others = undefined;
};

const handler =
  (event: (typeof EVENTS)[number]): EventHandler =>
  (error, ...more) => {
    const run = RUNS.getStore();
    if (run !== undefined) {
      run.onFailure(error);
      return;
    }
    const listeners = others?.find((each) => each.event === event)?.listeners ?? [];
    for (const listener of listeners) listener(error, ...more);
    if (listeners.length > 0) return;
    // Nobody else wanted it: it ends the process, as it would have without us.
    restore();
    setImmediate(() => {
      throw error;
    });
  };

const HANDLERS: Readonly<Record<(typeof EVENTS)[number], EventHandler>> = {
  uncaughtException: handler('uncaughtException'),
  unhandledRejection: handler('unhandledRejection'),
};

/** Milliseconds. */
const LINGER = 500;
