import { Beginnings } from './beginnings.js';

/** Eight characters in a row of a secret give it away: a server may repeat the half of it that it took for a word. */
const PIECE = 8;

/** Finds pieces of values in a text, whatever the case of letters. */
export class ValuePieces {
  readonly #pieces = new Set<string>();
  readonly #beginnings = new Beginnings();

  constructor(values: Iterable<string>) {
    for (const value of values) {
      // Of several parts, each is a value of its own.
      if (value.length > LONGEST || value.includes('\0') || value.includes('auth=Bearer ')) continue;
      for (const written of new Set([value, Buffer.from(value, 'latin1').toString('utf8')])) {
        const text = written.toLowerCase();
        for (let at = 0; at + PIECE <= text.length && this.#pieces.size < MOST; at += 1) {
          const piece = text.slice(at, at + PIECE);
          if (WORDS.includes(piece)) continue;
          this.#pieces.add(piece);
          this.#beginnings.add(piece);
        }
      }
    }
  }

  isIn(text: string): boolean {
    return this.#pieces.size > 0 && this.places(text).length > 0;
  }

  /** Where they stand; pieces that touch are one place. */
  places(text: string): { start: number; end: number }[] {
    const small = text.toLowerCase();
    const found: { start: number; end: number }[] = [];
    if (this.#pieces.size === 0 || small.length !== text.length) return found;
    let last: { start: number; end: number } | undefined;
    for (let start = 0; start + PIECE <= small.length; start += 1) {
      if (!this.#beginnings.mayBeAt(small, start) || !this.#pieces.has(small.slice(start, start + PIECE))) continue;
      if (last !== undefined && start <= last.end) last.end = start + PIECE;
      else found.push((last = { start, end: start + PIECE }));
    }
    return found;
  }
}

/** Characters of a value that is searched for in pieces. */
const LONGEST = 512;
/** Pieces of all values together. */
const MOST = 100_000;
/** Words that passwords are made of, and that are said of logins, tell nothing. */
const WORDS =
  'password username authenticate authentication authenticated mechanism capability certificate connection starttls ' +
  'unauthenticate login failed log in first start tls first command unknown invalid refused completed';
