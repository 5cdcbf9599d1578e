/** What a segment is made of. */
export interface Sifted {
  /** TLS records, or parts of them. */
  readonly records: Buffer;
  readonly text: Buffer;
}

/**
 * Tells TLS records from text, whatever the segmentation. No text protocol begins a segment with a record's header,
 * so that records are looked for there and behind other records only. What may become a header is held back.
 */
export class RecordFilter {
  #held: Buffer = NOTHING;
  /** Bytes of the current record that are still to come. */
  #left = 0;

  push(bytes: Buffer): Sifted {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = NOTHING;
    let at = 0;
    for (;;) {
      const here = Math.min(this.#left, all.length - at);
      this.#left -= here;
      at += here;
      const rest = all.subarray(at);
      if (!mayBeRecord(rest)) break;
      if (rest.length < HEADER) {
        this.#held = rest;
        return { records: all.subarray(0, at), text: NOTHING };
      }
      this.#left = HEADER + rest.readUInt16BE(3);
    }
    return { records: all.subarray(0, at), text: all.subarray(at) };
  }

  /** Takes away what is held back, and begins anew. */
  takeHeld(): Buffer {
    const held = this.#held;
    this.#held = NOTHING;
    this.#left = 0;
    return held;
  }
}

/** change_cipher_spec (20) to application_data (23), any version from SSLv3 to TLS 1.3. */
const mayBeRecord = (bytes: Buffer): boolean => {
  const [type = 0, major = 3, minor = 0] = bytes;
  return type >= 20 && type <= 23 && major === 3 && minor <= 4;
};

const NOTHING: Buffer = Buffer.alloc(0);
const HEADER = 5;

/**
 * Where a ClientHello begins at the start of a line that is not the first, else the length of the text:
 * a client that does not wait for the go-ahead sends it behind its STARTTLS, in the same segment.
 */
export const helloAfterLine = (text: Buffer): number => {
  for (let end = text.indexOf(0x0a); end !== -1; end = text.indexOf(0x0a, end + 1)) {
    if (text[end + 1] !== HANDSHAKE) continue;
    const [type, major = 3, minor = 0, , , message = CLIENT_HELLO] = text.subarray(end + 1, end + 7);
    if (type === HANDSHAKE && major === 3 && minor <= 4 && message === CLIENT_HELLO) return end + 1;
  }
  return text.length;
};

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
