import type { Duplex } from 'node:stream';
import type { Party, WireBytes } from './entry.js';

/** Keeps what passes on a socket as it passes, and the keys of its TLS; bounded. */
export class WireKeeper {
  readonly #clock: () => number;
  readonly #openedAt = new Date().toISOString();
  readonly #bytes: WireBytes['bytes'][number][] = [];
  readonly #keys: string[] = [];
  #size = 0;
  #isFull = false;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get kept(): WireBytes {
    return {
      openedAt: this.#openedAt,
      bytes: this.#bytes,
      keys: this.#keys,
      ...(this.#isFull && { truncated: true as const }),
    };
  }

  /** Sees what a socket sends and receives, from now on; `us` is the party that it sends for. */
  watch(socket: Duplex, us: Party): void {
    const peer = us === 'client' ? 'server' : 'client';
    socket.on('data', (bytes: Buffer) => {
      this.#keep(peer, bytes);
    });
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (bytes: unknown, ...rest: unknown[]) => {
      if (Buffer.isBuffer(bytes)) this.#keep(us, bytes);
      return write(bytes, ...rest);
    };
  }

  /** Takes a line in the format of SSLKEYLOGFILE. */
  keylog(line: Buffer): void {
    if (this.#keys.length < MOST_KEYS) this.#keys.push(line.toString('latin1').trim());
  }

  #keep(from: Party, bytes: Buffer): void {
    if (bytes.length === 0 || this.#isFull) return;
    // What follows a piece that is missing could not be read.
    if (this.#size + bytes.length > MOST_BYTES) {
      this.#isFull = true;
      return;
    }
    this.#size += bytes.length + OF_AN_ENTRY;
    this.#bytes.push({ at: this.#clock(), from, data: bytes.toString('latin1') });
  }
}

const MOST_BYTES = 2 * 1024 * 1024;
/** Bytes that an entry counts for besides its data. */
const OF_AN_ENTRY = 64;
const MOST_KEYS = 64;
