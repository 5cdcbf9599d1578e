import { startOfTls } from '../tls/tls-start.js';

/** Looks for the beginning of TLS in a client's stream, whatever the segmentation; all before it is plaintext. Keeps a few bytes only. */
export class TlsSeeker {
  readonly #onPlaintext: (plain: Buffer, alreadySeen: number) => void;
  #buffer: Buffer = Buffer.alloc(0);
  /** Bytes at the buffer's beginning that are plaintext for sure: an SSLv2 hello counts at a line's start only. */
  #context = 0;
  /** Bytes at the buffer's beginning that others have seen already. */
  #seen = 0;

  /** `alreadySeen` of the plaintext's first bytes had been pushed as such. */
  constructor(onPlaintext: (plain: Buffer, alreadySeen: number) => void) {
    this.#onPlaintext = onPlaintext;
  }

  /** The bytes from the beginning of TLS on, once it is found. */
  push(bytes: Buffer, isSeen: boolean): Buffer | undefined {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    if (isSeen) this.#seen = this.#buffer.length;
    const start = startOfTls(this.#buffer, this.#context);
    const end = 'at' in start ? start.at : start.keepFrom;
    this.#tell(end);
    if ('at' in start) return this.#buffer.subarray(end);
    const from = Math.max(0, end - LINE_END);
    this.#buffer = this.#buffer.subarray(from);
    this.#context = end - from;
    this.#seen = Math.max(0, this.#seen - from);
    return undefined;
  }

  /** No TLS will come: what looked like its beginning is plaintext too. */
  giveUp(): void {
    this.#tell(this.#buffer.length);
  }

  #tell(end: number): void {
    const plain = this.#buffer.subarray(this.#context, end);
    if (plain.length > 0) this.#onPlaintext(plain, Math.min(plain.length, Math.max(0, this.#seen - this.#context)));
  }
}

const LINE_END = 2;
