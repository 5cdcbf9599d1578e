/** How many characters in a row give a secret away. */
export const PIECE = 8;

/** Looks for any of many strings in a text, in one pass however many they are. */
export class Windows {
  /** Sought strings by their first eight characters. */
  readonly #sought = new Map<string, Map<string, string>>();
  /** Whether some sought string has four characters with that hash among its first eight. */
  readonly #blocks = new Uint8Array(1 << BITS);

  /** Seeks a string of at least eight characters, and says what it is of. */
  add(text: string, what: string): void {
    if (text.length < PIECE) throw new Error(`at least ${String(PIECE)} characters, not ${JSON.stringify(text)}`);
    const head = text.slice(0, PIECE);
    const same = this.#sought.get(head) ?? new Map<string, string>();
    this.#sought.set(head, same.set(text, what));
    for (let at = 0; at + BLOCK <= PIECE; at += 1) this.#blocks[hash(head, at)] = 1;
  }

  /** Where the first of the sought strings stands, and what it is of. */
  in(text: string): { readonly at: number; readonly what: string } | undefined {
    const blocks = this.#blocks;
    // Of the five blocks of four in any eight characters one begins at a multiple of five.
    for (let at = 0; at + BLOCK <= text.length; at += STEP) {
      if (blocks[hash(text, at)] === 0) continue;
      for (let from = Math.max(0, at - STEP + 1); from <= at; from += 1) {
        const what = this.#at(text, from);
        if (what !== undefined) return { at: from, what };
      }
    }
    return undefined;
  }

  #at(text: string, from: number): string | undefined {
    for (const [sought, what] of this.#sought.get(text.slice(from, from + PIECE)) ?? [])
      if (text.startsWith(sought, from)) return what;
    return undefined;
  }
}

const BITS = 20;
const BLOCK = 4;
const STEP = PIECE - BLOCK + 1;

const hash = (text: string, at: number): number =>
  Math.imul(
    text.charCodeAt(at) +
      (text.charCodeAt(at + 1) << 8) +
      (text.charCodeAt(at + 2) << 16) +
      (text.charCodeAt(at + 3) << 24),
    0x9e37_79b1,
  ) >>>
  (32 - BITS);
