import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { Fault } from '../fault.js';
import type { Depth } from '../probes/depth.js';
import { systemReason } from '../place/system-reason.js';
import type { Journal, NamedRecord } from './journal.js';
import type { AuditedListener } from './options.js';
import type { AddressPart } from './part.js';

/** What tells one audit from another: a file is gone on with by the same audit only. */
export interface JournalOrder {
  readonly path: string;
  /** Targets and options; their text is compared, not kept. */
  readonly audit: readonly string[];
  /** The seed that the user wants; one of the file’s own is kept otherwise. */
  readonly seed?: string | undefined;
  /** The seed of an audit that begins. */
  readonly newSeed: string;
}

/**
 * A file with one line of JSON for each thing that an audit found out, written and synchronised before the next is begun. A line
 * that was not finished when the process ended does not count.
 */
export class JournalFile implements Journal {
  readonly seed: string;
  readonly startedAt: string;
  readonly #path: string;
  readonly #file: number;
  readonly #parts = new Map<string, AddressPart>();
  readonly #named = new Map<string, NamedRecord[]>();
  readonly #logins = new Map<string, { readonly at: number; readonly change: 1 | -1 }[]>();
  #lastConnection = 0;

  private constructor(path: string, file: number, head: Head) {
    this.#path = path;
    this.#file = file;
    this.seed = head.seed;
    this.startedAt = head.startedAt;
  }

  /** Opens the file, or begins it. Throws the Fault `BAD_USAGE` where it belongs to another audit, or is none of ours. */
  static open({ path, audit, seed, newSeed }: JournalOrder): JournalFile {
    const digest = createHash('sha256').update(JSON.stringify(audit)).digest('hex');
    const { lines, length } = linesOf(path);
    const [first, ...rest] = lines;
    const head: Head =
      first === undefined
        ? { schema: SCHEMA, audit: digest, seed: seed ?? newSeed, startedAt: new Date().toISOString() }
        : headIn(first, path);
    if (head.audit !== digest || (seed !== undefined && head.seed !== seed))
      throw new Fault(
        'BAD_USAGE',
        `${path} is the progress of an audit of other targets or with other options; give those, or another file, or delete it`,
      );
    const file = opened(path);
    const journal = new JournalFile(path, file, head);
    if (first === undefined) {
      ftruncateSync(file, 0);
      journal.#write(head);
    } else ftruncateSync(file, length);
    for (const [index, line] of rest.entries()) journal.#take(recordIn(line, path, index + 2));
    return journal;
  }

  get lastConnection(): number {
    return this.#lastConnection;
  }

  /** Addresses that are done. */
  get done(): number {
    return this.#parts.size;
  }

  part(address: string, depth: Depth): AddressPart | undefined {
    return this.#parts.get(`${depth} ${address}`);
  }

  namedAt(listener: string): readonly NamedRecord[] {
    return this.#named.get(listener) ?? [];
  }

  loginsAt(address: string): number {
    const since = Date.now() - TEN_MINUTES;
    const recent = (this.#logins.get(address) ?? []).filter(({ at }) => at > since);
    return Math.max(
      0,
      recent.reduce((sum, { change }) => sum + change, 0),
    );
  }

  addPart(part: AddressPart, depth: Depth): void {
    this.#write({ kind: 'part', depth, part: stored(part) });
  }

  addNamed(listener: string, record: NamedRecord): void {
    this.#write({ kind: 'named', listener, record });
  }

  addLogin(address: string, change: 1 | -1): void {
    this.#write({ kind: 'login', address, change, at: Date.now() });
  }

  /** Ends writing; the file stays, to be gone on with. */
  close(): void {
    closeSync(this.#file);
  }

  /** The audit is done, and its reports are written: nothing is left to go on with. */
  remove(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }

  #write(record: Head | Stored): void {
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
    for (let written = 0; written < bytes.length;) written += writeSync(this.#file, bytes, written);
    fdatasyncSync(this.#file);
  }

  #take(record: Stored): void {
    if (record.kind === 'part') {
      const part = restored(record.part);
      this.#parts.set(`${record.depth} ${part.address}`, part);
      this.#seen(part.connections.map(({ id }) => id));
    } else if (record.kind === 'named') {
      const found = this.#named.get(record.listener) ?? [];
      found.push(record.record);
      this.#named.set(record.listener, found);
      this.#seen(record.record.connection === undefined ? [] : [record.record.connection.id]);
    } else {
      const found = this.#logins.get(record.address) ?? [];
      found.push(record);
      this.#logins.set(record.address, found);
    }
  }

  #seen(connections: readonly number[]): void {
    for (const id of connections) this.#lastConnection = Math.max(this.#lastConnection, id);
  }
}

interface Head {
  readonly schema: typeof SCHEMA;
  /** Digest of what tells audits apart. */
  readonly audit: string;
  readonly seed: string;
  readonly startedAt: string;
}

type StoredFault = Pick<Fault, 'code' | 'message'>;

interface StoredPart extends Omit<AddressPart, 'listeners' | 'faults' | 'refusals'> {
  readonly listeners: readonly (Omit<AuditedListener, 'chain'> & { readonly chain?: readonly string[] })[];
  readonly faults: readonly { readonly target: string; readonly fault: StoredFault }[];
  readonly refusals: readonly (Omit<AddressPart['refusals'][number], 'fault'> & { readonly fault: StoredFault })[];
}

type Stored =
  | { readonly kind: 'part'; readonly depth: Depth; readonly part: StoredPart }
  | { readonly kind: 'named'; readonly listener: string; readonly record: NamedRecord }
  | { readonly kind: 'login'; readonly address: string; readonly change: 1 | -1; readonly at: number };

const stored = (part: AddressPart): StoredPart => ({
  ...part,
  listeners: part.listeners.map(({ chain, ...listener }) => ({
    ...listener,
    ...(chain && { chain: chain.map((der) => der.toString('base64')) }),
  })),
  faults: part.faults.map(({ target, fault }) => ({ target, fault: storedFault(fault) })),
  refusals: part.refusals.map((refusal) => ({ ...refusal, fault: storedFault(refusal.fault) })),
});

const restored = (part: StoredPart): AddressPart => ({
  ...part,
  listeners: part.listeners.map(({ chain, ...listener }) => ({
    ...listener,
    ...(chain && { chain: chain.map((der) => Buffer.from(der, 'base64')) }),
  })),
  faults: part.faults.map(({ target, fault }) => ({ target, fault: restoredFault(fault) })),
  refusals: part.refusals.map((refusal) => ({ ...refusal, fault: restoredFault(refusal.fault) })),
});

const storedFault = ({ code, message }: Fault): StoredFault => ({ code, message });
const restoredFault = ({ code, message }: StoredFault): Fault => new Fault(code, message);

const opened = (path: string): number => {
  try {
    // What servers said may concern its owner only.
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw new Fault('BAD_USAGE', `the progress cannot be written to ${path}: ${systemReason(error) ?? String(error)}`, {
      cause: error,
    });
  }
};

/** The finished lines of a file, and how many octets they are; none where there is no file. */
const linesOf = (path: string): { readonly lines: readonly Buffer[]; readonly length: number } => {
  const bytes = contentOf(path);
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  if (lines.length === 0 && bytes.length > 0 && !isOurs(bytes)) throw foreign(path);
  return { lines, length: start };
};

const contentOf = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw new Fault('BAD_USAGE', `the progress in ${path} cannot be read: ${systemReason(error) ?? String(error)}`, {
      cause: error,
    });
  }
};

/** A first line that was not finished. */
const isOurs = (bytes: Buffer): boolean => {
  const begin = Buffer.from(`{"schema":"${SCHEMA}"`);
  const length = Math.min(begin.length, bytes.length);
  return bytes.subarray(0, length).equals(begin.subarray(0, length));
};

const headIn = (line: Buffer, path: string): Head => {
  const head = parsed(line);
  if (
    typeof head !== 'object' ||
    head === null ||
    (head as Partial<Head>).schema !== SCHEMA ||
    typeof (head as Partial<Head>).seed !== 'string' ||
    typeof (head as Partial<Head>).startedAt !== 'string'
  )
    throw foreign(path);
  return head as Head;
};

const recordIn = (line: Buffer, path: string, number: number): Stored => {
  const record = parsed(line);
  // Whole lines were written by ourselves, in this form.
  if (typeof record === 'object' && record !== null && 'kind' in record) return record as Stored;
  throw new Fault('BAD_USAGE', `line ${String(number)} of ${path} is damaged; delete the file to begin the audit anew`);
};

const parsed = (line: Buffer): unknown => {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
};

const foreign = (path: string): Fault =>
  new Fault('BAD_USAGE', `${path} is no progress of an audit; it is left as it is: name another file with --progress`);

const SCHEMA = 'urn:waxseal:audit-progress:1';
const LINE_FEED = 0x0a;
const TEN_MINUTES = 600_000;
