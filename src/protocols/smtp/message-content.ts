import type { Body } from '../protocol.js';

/** Gathers the pieces of a message, and undoes what SMTP did to it: the final dot, and dots that were doubled (RFC 5321 §4.5.2). */
export class MessageContent {
  readonly #pieces: Buffer[] = [];
  /** Where the pieces of DATA begin, which are dotted; those of BDAT are not. */
  #isDotted = false;

  add({ raw }: Body, isDotted: boolean): void {
    this.#isDotted = isDotted;
    this.#pieces.push(raw);
  }

  whole(): Buffer {
    const bytes = Buffer.concat(this.#pieces);
    if (!this.#isDotted) return bytes;
    const undotted = bytes.subarray(0, -END.length);
    if (undotted[0] !== DOT && !undotted.includes('\r\n.', 0, 'latin1')) return undotted;
    return Buffer.from(undotted.toString('latin1').replace(/(^|\r\n)\./g, '$1'), 'latin1');
  }
}

/** The line that ends a message; the line end before it belongs to the message. */
const END = '.\r\n';
const DOT = 0x2e;
