import type { BoundaryEntry, Cause, EndEntry, Note, Party, TranscriptEntry, WireBytes } from './entry.js';
import { WireKeeper } from './wire-keeper.js';

/** What is noted of bytes. */
export interface Marks {
  readonly tampered?: boolean;
  readonly record?: boolean;
  /** No answer to any command. */
  readonly unasked?: boolean;
}

/** The append-only record of one connection; keeps at most `limit` bytes a direction, fewer of very short lines, but shows every byte to `onBytes`. */
export class Transcript {
  readonly entries: TranscriptEntry[] = [];
  readonly #clock: () => number;
  readonly #limit: number;
  readonly #onBytes: ((from: Party, bytes: Buffer, inside: boolean, entry: number) => void) | undefined;
  /** Is told the secrets of TLS. */
  readonly onKeys: ((line: string) => void) | undefined;
  readonly #kept: Record<Party, number> = { client: 0, server: 0 };
  #heardAt: number | undefined;
  #truncated = false;
  readonly #tells: ((from: Party, handshake: Buffer) => boolean) | undefined;
  /** What came of each party's handshake, as far as it is looked at. */
  #handshake: { readonly from: Party; readonly bytes: Buffer }[] = [];
  #handshakeSize = 0;
  /** Keeps what passes as it passes, TLS records and their keys too; absent unless it was asked for. */
  readonly keeper: WireKeeper | undefined;

  constructor(clock: () => number, options: TranscriptOptions = {}) {
    this.#clock = clock;
    this.#limit = options.limit ?? 512 * 1024;
    this.#onBytes = options.onBytes;
    this.#tells = options.tells;
    this.onKeys = options.onKeys;
    this.keeper = options.keepsWire === true ? new WireKeeper(() => this.now()) : undefined;
  }

  /** What passed as it passed, where it was to be kept. */
  get wire(): WireBytes | undefined {
    return this.keeper?.kept;
  }

  /** Something was not kept. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** When the client did something last, in milliseconds; undefined if it never did. */
  get heardAt(): number | undefined {
    return this.#heardAt;
  }

  now(): number {
    return Math.round(this.#clock() * 100) / 100;
  }

  bytes(from: Party, bytes: Buffer, inside: boolean, mark: Marks = {}): void {
    if (from === 'client') this.#heardAt = this.now();
    const { room, taken } = roomFor(bytes, this.#limit - this.#kept[from], OF_A_LINE[from]);
    // Many small entries take more memory than their bytes.
    this.#kept[from] += taken + OF_AN_ENTRY;
    const dropped = bytes.length - room;
    // What nobody can read is no loss.
    if (dropped > 0 && mark.record !== true) this.#truncated = true;
    // Once full, only a count grows: a flood must not fill memory with empty entries.
    if (room === 0 && bytes.length > 0) this.#addDropped(from, inside, dropped);
    else {
      const data = bytes.toString('latin1', 0, room);
      this.#append({
        kind: 'bytes',
        at: this.now(),
        from,
        inside,
        data,
        ...marks(mark),
        ...(dropped > 0 && { dropped }),
      });
    }
    this.#onBytes?.(from, bytes, inside, this.entries.length - 1);
  }

  /** TLS records that come before a handshake is over. Anybody can read them, until there are keys: they are kept where something is found in them. */
  handshake(from: Party, bytes: Buffer): void {
    if (this.#tells === undefined || this.#handshakeSize > MOST_OF_A_HANDSHAKE) return;
    this.#handshakeSize += bytes.length;
    this.#handshake.push({ from, bytes });
  }

  boundary(facts: Omit<BoundaryEntry, 'kind' | 'at'>): BoundaryEntry {
    this.#tellHandshake();
    this.#heardAt = this.now();
    const entry: BoundaryEntry = { kind: 'boundary', at: this.now(), ...facts };
    this.#append(entry);
    return entry;
  }

  outside(from: Party): void {
    this.#append({ kind: 'outside', at: this.now(), from });
  }

  end(from: Party, how: EndEntry['how'], by: Cause): void {
    this.#append({ kind: 'end', at: this.now(), from, how, by });
  }

  note(note: Note): void {
    this.#append({ kind: 'note', at: this.now(), ...note });
  }

  #tellHandshake(): void {
    const pieces = this.#handshake;
    this.#handshake = [];
    this.#handshakeSize = 0;
    const [first] = pieces;
    if (first === undefined) return;
    const all = Buffer.concat(pieces.map(({ bytes }) => bytes));
    if (this.#tells?.(first.from, all) === true) this.bytes(first.from, all, false, { record: true });
  }

  #append(entry: TranscriptEntry): void {
    this.entries.push(entry);
  }

  #addDropped(from: Party, inside: boolean, dropped: number): void {
    const last = this.entries.at(-1);
    if (last?.kind === 'bytes' && last.from === from && last.data === '') {
      this.entries[this.entries.length - 1] = { ...last, dropped: (last.dropped ?? 0) + dropped };
    } else this.#append({ kind: 'bytes', at: this.now(), from, inside, data: '', dropped });
  }
}

/** How many of the bytes are kept, and how much they take: a line counts for `least` bytes, if it is shorter. */
const roomFor = (bytes: Buffer, limit: number, least: number): { readonly room: number; readonly taken: number } => {
  let [room, taken] = [0, 0];
  while (room < bytes.length && taken < limit) {
    const end = bytes.indexOf(LINE_FEED, room);
    const length = (end === -1 ? bytes.length : end + 1) - room;
    const cost = end === -1 ? length : Math.max(length, least);
    if (cost > limit - taken) {
      // Of a line that does not fit, as much is kept as there is room.
      const part = Math.min(length, limit - taken);
      return { room: room + part, taken: taken + part };
    }
    room += length;
    taken += cost;
  }
  return { room, taken };
};

const LINE_FEED = 0x0a;
/** Bytes; no ClientHello is longer. */
const MOST_OF_A_HANDSHAKE = 256 * 1024;
/** Bytes that a line counts for at least: what is said in very many short lines takes long to understand. */
const OF_A_LINE: Readonly<Record<Party, number>> = { client: 96, server: 24 };
/** Bytes that an entry counts for besides its data. */
const OF_AN_ENTRY = 32;

const marks = (mark: Marks): { tampered?: true; unasked?: true; record?: true } => ({
  ...(mark.tampered === true && { tampered: true }),
  ...(mark.unasked === true && { unasked: true }),
  ...(mark.record === true && { record: true }),
});

export interface TranscriptOptions {
  /** Bytes kept a direction; an entry and a short line count for a few more. 512 KiB by default. */
  readonly limit?: number;
  /** TLS records and their keys are kept too. */
  readonly keepsWire?: true;
  /** Is told the secrets of TLS as they come, lines of SSLKEYLOGFILE. */
  readonly onKeys?: ((line: string) => void) | undefined;
  /** Whether a handshake, records and all, holds anything that it should not. */
  readonly tells?: (from: Party, handshake: Buffer) => boolean;
  /** Sees every byte as it passes, kept or not; `entry` is the index of the entry it belongs to. */
  readonly onBytes?: (from: Party, bytes: Buffer, inside: boolean, entry: number) => void;
}
