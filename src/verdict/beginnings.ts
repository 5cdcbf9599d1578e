/** Tells quickly where none of many texts can begin: of their first two characters a hash is kept. */
export class Beginnings {
  readonly #known = new Uint8Array(SIZE);

  add(text: string): void {
    this.#known[hash(text, 0)] = 1;
  }

  /** False where none of the texts, of two characters or more, can stand. */
  mayBeAt(text: string, at: number): boolean {
    return this.#known[hash(text, at)] === 1;
  }
}

const SIZE = 8192;

const hash = (text: string, at: number): number => ((text.charCodeAt(at) << 6) ^ text.charCodeAt(at + 1)) & (SIZE - 1);
