/** Reads hostile bytes front to back. Nothing throws: a read past the end gives zeros or an empty buffer, and sets `failed`. */
export class ByteReader {
  readonly #bytes: Buffer;
  #offset = 0;
  /** Some read wanted more than there was; what was read since then means nothing. */
  failed = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Octets not read yet; none after a failure, so that loops end. */
  get remaining(): number {
    return this.failed ? 0 : this.#bytes.length - this.#offset;
  }

  /** The next `length` octets, not copied. */
  take(length: number): Buffer {
    if (length > this.remaining) this.failed = true;
    if (this.failed) return Buffer.alloc(0);
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  /** An unsigned integer of 1 to 3 octets, big-endian. */
  number(octets: 1 | 2 | 3): number {
    const bytes = this.take(octets);
    return bytes.length === 0 ? 0 : bytes.readUIntBE(0, octets);
  }

  /** A vector that is preceded by its length in `octets` octets (RFC 8446 §3.4). */
  vector(octets: 1 | 2 | 3): Buffer {
    return this.take(this.number(octets));
  }

  /** The same, to be read further. A failure inside stays inside. */
  within(octets: 1 | 2 | 3): ByteReader {
    const inner = new ByteReader(this.vector(octets));
    if (this.failed) inner.failed = true;
    return inner;
  }

  /** All numbers of `octets` octets that are left; a remainder is a failure. */
  numbers(octets: 2 | 3): number[] {
    const found: number[] = [];
    while (this.remaining > 0) {
      const number = this.number(octets);
      if (!this.failed) found.push(number);
    }
    return found;
  }
}
