import Mocha from 'mocha';
import { isTurnOf, turnsOf } from './representative.js';

type Body = (this: Mocha.Context) => unknown;

/**
 * In place of mocha's `it` in files that are dear: rows of a table, which one line of the file declares, repeat one another. In the
 * default suite the first is played, and of the others those whose turn it is; elsewhere all are.
 */
export const it = (title: string, body?: Body): Mocha.Test =>
  // One that is left out belongs to no suite; its time-out may be set all the same.
  isDue(declaringLine(it)) ? globalThis.it(title, body) : new Mocha.Test(title, body);

/** In place of mocha's `it` for tests that are written one by one and are of one kind all the same, such as starts of a command: they take turns. */
export const itOf =
  (kind: string) =>
  (title: string, body?: Body): Mocha.Test =>
    isDue(kind) ? globalThis.it(title, body) : new Mocha.Test(title, body);

/**
 * In place of mocha's `it` for a test that is dear for its size, or starts much, while others prove with little what it is about: the
 * default suite plays it in one turn of ten, and elsewhere it is always played.
 */
export const itSeldom = (title: string, body?: Body): Mocha.Test =>
  isTurnOf(title) ? globalThis.it(title, body) : new Mocha.Test(title, body);

/** Whether the next row of one line is to be declared. */
export const isDue = (line: string): boolean => {
  const isNext = lines.get(line) ?? turnsOf();
  lines.set(line, isNext);
  return isNext();
};

/** Where this function was called. */
export const declaringLine = (called: (...args: never) => unknown): string => {
  const { prepareStackTrace: before, stackTraceLimit } = Error;
  try {
    // Without source maps, which cost more than most tests.
    Error.prepareStackTrace = (_error, [site]) =>
      `${String(site?.getFileName())}:${String(site?.getLineNumber())}:${String(site?.getColumnNumber())}`;
    Error.stackTraceLimit = 1;
    const here: { stack?: string } = {};
    Error.captureStackTrace(here, called);
    return here.stack ?? '';
  } finally {
    Error.prepareStackTrace = before;
    Error.stackTraceLimit = stackTraceLimit;
  }
};

const lines = new Map<string, () => boolean>();
