import { createReadStream, statSync } from 'node:fs';
import { Fault } from '../fault.js';
import { printable } from '../wire/printable.js';
import { MOST_CONTROLS, type Chain, type ChainSuite } from './chain.js';
import { JsonValues, NotJson } from './json-values.js';
import { BadEntry, bettertlsChain, limboChain, rootOf } from './suite-forms.js';

/**
 * A suite of bettertls or x509-limbo in a file. It is read once to check every case and to find the good chains of each form, then
 * once each time its chains are wanted; one case at a time is in memory. Throws `BAD_USAGE` for what is no such file.
 */
export const suiteFile = async (path: string): Promise<ChainSuite> => {
  requireReadable(path);
  let size = 0;
  const controls = new Map<string, Chain[]>();
  for await (const chain of chainsIn(path)) {
    size += 1;
    if (chain.expected !== 'accept' || chain.soft || chain.notApplicable !== undefined) continue;
    const known = controls.get(chain.form) ?? [];
    if (controls.size >= MOST_FORMS && known.length === 0) continue;
    controls.set(chain.form, plainest([...known, chain]));
  }
  if (size === 0) throw unusable(path, 'it has no case; expected a suite of bettertls or x509-limbo');
  return {
    name: path,
    size,
    controls: (form) => Promise.resolve(controls.get(form) ?? []),
    async *chains(isChosen) {
      for await (const chain of chainsIn(path)) if (isChosen?.(chain.id) !== false) yield chain;
    },
  };
};

/** Those that need least of a client come first: they are tried as controls. */
const plainest = (chains: readonly Chain[]): Chain[] =>
  chains
    .toSorted((a, b) => (a.why?.length ?? 0) - (b.why?.length ?? 0) || a.certificates.length - b.certificates.length)
    .slice(0, MOST_CONTROLS);

const requireReadable = (path: string): void => {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw unusable(path, 'there is no such file');
  if (!stat.isFile()) throw unusable(path, 'it is not a file');
  if (stat.size > LARGEST)
    throw unusable(path, `it has ${String(stat.size)} bytes, at most ${String(LARGEST)} are read`);
};

async function* chainsIn(path: string): AsyncGenerator<Chain> {
  try {
    yield* (await isByLines(path)) ? chainsByLines(path) : chainsOfDocument(path);
  } catch (error) {
    if (
      error instanceof BadEntry ||
      error instanceof NotJson ||
      error instanceof SyntaxError ||
      error instanceof RangeError
    )
      throw unusable(path, error instanceof BadEntry || error instanceof NotJson ? error.message : 'it is not JSON');
    if (error instanceof Error && 'code' in error) throw unusable(path, error.message);
    throw error;
  }
}

/** A first line that is a document of its own: a case a line follows. */
const isByLines = async (path: string): Promise<boolean> => {
  let start = '';
  for await (const piece of pieces(path)) {
    start += piece;
    if (start.length > LONGEST_FIRST_LINE || start.includes('\n')) break;
  }
  try {
    const first: unknown = JSON.parse(start.slice(0, Math.max(0, start.indexOf('\n'))));
    return typeof first === 'object' && first !== null && 'root' in first;
  } catch {
    return false;
  }
};

async function* chainsByLines(path: string): AsyncGenerator<Chain> {
  let root: Buffer | undefined;
  let index = 0;
  for await (const line of lines(path)) {
    if (line.trim() === '') continue;
    const entry = parsed(line, `line ${String(index + 1)} is not JSON`);
    index += 1;
    if (root === undefined) {
      root = rootOf((entry as { readonly root?: unknown }).root);
      continue;
    }
    const suite = (entry as { readonly suite?: unknown } | null)?.suite;
    yield numbered(index, () =>
      bettertlsChain(entry, {
        suite: typeof suite === 'string' ? suite : 'suite',
        root: root ?? Buffer.alloc(0),
      }),
    );
  }
}

async function* chainsOfDocument(path: string): AsyncGenerator<Chain> {
  let root: Buffer | undefined;
  let index = 0;
  const values = new JsonValues(isWanted);
  const taken = function* (found: ReturnType<JsonValues['push']>): Generator<Chain> {
    for (const { path: at, text } of found) {
      const entry = parsed(text, 'a case is not JSON');
      if (at[0] === 'trustRoot') {
        root = rootOf(entry);
        continue;
      }
      index += 1;
      if (at[0] === 'testcases') yield numbered(index, () => limboChain(entry));
      else {
        const known = root;
        if (known === undefined) throw new BadEntry('"trustRoot" must come before "suites"');
        yield numbered(index, () => bettertlsChain(entry, { suite: at[1] ?? '', root: known }));
      }
    }
  };
  for await (const piece of pieces(path)) yield* taken(values.push(piece));
  yield* taken(values.end());
}

const isWanted = (path: readonly string[]): boolean =>
  (path.length === 1 && path[0] === 'trustRoot') ||
  (path.length === 2 && path[0] === 'testcases' && path[1] === '*') ||
  (path.length === 4 && path[0] === 'suites' && path[2] === 'testCases' && path[3] === '*');

const numbered = (index: number, read: () => Chain): Chain => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadEntry) || error.message.startsWith('case ')) throw error;
    throw new BadEntry(`case number ${String(index)}: ${error.message}`);
  }
};

const parsed = (text: string, why: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadEntry(why);
  }
};

async function* lines(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces(path)) {
    const found = (rest + piece).split('\n');
    rest = found.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new BadEntry(`a line has more than ${String(LONGEST_LINE)} characters`);
    yield* found;
  }
  if (rest !== '') yield rest;
}

const pieces = (path: string): AsyncIterable<string> =>
  createReadStream(path, { encoding: 'utf8', highWaterMark: PIECE }) as AsyncIterable<string>;

const unusable = (path: string, why: string): Fault =>
  new Fault('BAD_USAGE', `the chains ${JSON.stringify(path)} cannot be used: ${printable(why)}`);

const PIECE = 64 * 1024;
const LONGEST_FIRST_LINE = 256 * 1024;
const LONGEST_LINE = 8 * 1024 * 1024;
/** Bytes: bettertls has 30 MB, x509-limbo less than 100 MB. */
const LARGEST = 512 * 1024 * 1024;
const MOST_FORMS = 64;
