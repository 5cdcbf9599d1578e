/** Who sent something. */
export type Party = 'client' | 'server';

/** Bytes of one segment (or one TLS read), as they passed. */
export interface BytesEntry {
  readonly kind: 'bytes';
  /** Milliseconds since the visit began. */
  readonly at: number;
  readonly from: Party;
  /** Inside TLS, that is, decrypted. */
  readonly inside: boolean;
  /** One character a byte (latin1). */
  readonly data: string;
  /** A scenario changed or made these bytes. */
  readonly tampered?: true;
  /** TLS records that came where plaintext was due: encrypted, or a handshake that nobody answered. */
  readonly record?: true;
  /** Bytes that were not kept, because the transcript was full. */
  readonly dropped?: number;
}

/** Facts of a ClientHello that judges and reports use. */
export interface HelloFacts {
  readonly versions: readonly string[];
  readonly servername?: string;
  readonly alpn: readonly string[];
  readonly cipherSuites: readonly number[];
  readonly groups: readonly number[];
}

/** The instant when a connection turned to TLS, or failed to. */
export interface BoundaryEntry {
  readonly kind: 'boundary';
  readonly at: number;
  readonly completed: boolean;
  /** Bytes that arrived in clear after the go-ahead and before the first TLS record, a string (latin1) a segment. */
  readonly pending: readonly { readonly at: number; readonly data: string }[];
  /** Whether the peer of waxseal may trust this session: chain and name right, no planted fault. */
  readonly trusted: boolean;
  /** The session is between client and real server: what is said inside passes through unseen. */
  readonly opaque?: true;
  /** The certificate recipe that was presented. */
  readonly certificate?: string;
  readonly hello?: HelloFacts;
  /** `TLSv1.3` */
  readonly version?: string;
  readonly cipher?: string;
  readonly alpn?: string;
  readonly servername?: string;
  readonly resumed?: boolean;
  /** Fatal alert, by its registered name: `unknown_ca`. */
  readonly alert?: { readonly from: Party; readonly name: string };
  /** Why the handshake did not complete, in words. */
  readonly failure?: string;
}

/** A close_notify: what follows on this connection is outside TLS again. */
export interface OutsideEntry {
  readonly kind: 'outside';
  readonly at: number;
  readonly from: Party;
}

export interface EndEntry {
  readonly kind: 'end';
  readonly at: number;
  readonly from: Party;
  readonly how: 'fin' | 'reset';
}

/** What the harness did that left no bytes: withheld, released, ignored, hung up. */
export interface NoteEntry {
  readonly kind: 'note';
  readonly at: number;
  readonly text: string;
  readonly tampered?: true;
}

export type TranscriptEntry = BytesEntry | BoundaryEntry | OutsideEntry | EndEntry | NoteEntry;

/** The append-only record of one connection; keeps at most `limit` bytes a direction, but shows every byte to `onBytes`. */
export class Transcript {
  readonly entries: TranscriptEntry[] = [];
  readonly #clock: () => number;
  readonly #limit: number;
  readonly #onBytes: ((from: Party, bytes: Buffer, inside: boolean, entry: number) => void) | undefined;
  readonly #kept: Record<Party, number> = { client: 0, server: 0 };
  #truncated = false;

  constructor(clock: () => number, options: TranscriptOptions = {}) {
    this.#clock = clock;
    this.#limit = options.limit ?? 512 * 1024;
    this.#onBytes = options.onBytes;
  }

  /** Something was not kept. */
  get truncated(): boolean {
    return this.#truncated;
  }

  now(): number {
    return Math.round(this.#clock() * 100) / 100;
  }

  bytes(
    from: Party,
    bytes: Buffer,
    inside: boolean,
    mark: { readonly tampered?: boolean; readonly record?: boolean } = {},
  ): void {
    const room = Math.max(0, Math.min(bytes.length, this.#limit - this.#kept[from]));
    this.#kept[from] += room;
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

  boundary(facts: Omit<BoundaryEntry, 'kind' | 'at'>): BoundaryEntry {
    const entry: BoundaryEntry = { kind: 'boundary', at: this.now(), ...facts };
    this.#append(entry);
    return entry;
  }

  outside(from: Party): void {
    this.#append({ kind: 'outside', at: this.now(), from });
  }

  end(from: Party, how: EndEntry['how']): void {
    this.#append({ kind: 'end', at: this.now(), from, how });
  }

  note(text: string, tampered = false): void {
    this.#append({ kind: 'note', at: this.now(), text, ...(tampered && { tampered: true }) });
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

const marks = (mark: {
  readonly tampered?: boolean;
  readonly record?: boolean;
}): { tampered?: true; record?: true } => ({
  ...(mark.tampered === true && { tampered: true }),
  ...(mark.record === true && { record: true }),
});

export interface TranscriptOptions {
  /** Bytes kept a direction; 512 KiB unless told. */
  readonly limit?: number;
  /** Sees every byte as it passes, kept or not; `entry` is the index of the entry it belongs to. */
  readonly onBytes?: (from: Party, bytes: Buffer, inside: boolean, entry: number) => void;
}
