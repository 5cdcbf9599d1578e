import type { Body } from '../protocol.js';

/** Counts the octets of a message as SIZE means them: without the final dot, and without the dots that were doubled (RFC 1870 §3). */
export class MessageSize {
  #octets = 0;
  #tail = LINE_END;

  /** Octets of all that was added. */
  get octets(): number {
    return this.#octets;
  }

  /** Adds a body, or the next piece of it; `isDotted` says that it ends with a dot, and that others are doubled (DATA). */
  add({ raw, goesOn }: Body, isDotted: boolean): void {
    this.#octets += raw.length;
    if (!isDotted) return;
    const text = this.#tail + raw.toString('latin1');
    for (let at = text.indexOf(DOT); at !== -1; at = text.indexOf(DOT, at + 1)) this.#octets -= 1;
    if (goesOn !== true) this.#octets -= LINE_END.length;
    this.#tail = text.slice(-LINE_END.length);
  }
}

const LINE_END = '\r\n';
/** At the beginning of a line. */
const DOT = '\r\n.';
