import { rot13 } from './rot13.js';

/** What was done to the letters of a word. */
export type Alteration = 'capitals' | 'reversed' | 'rot13';

interface Altered {
  readonly word: string;
  readonly needle: string;
  readonly form: Alteration;
}

/** Finds words in capitals, reversed, or with each letter replaced; in time that hardly grows with their number. */
export class AlteredWords {
  /** By their first letters. */
  readonly #byHead = new Map<string, Altered[]>();

  /** `needles` have small letters only. */
  constructor(needles: readonly string[]) {
    for (const needle of needles.filter(({ length }) => length >= HEAD)) {
      this.#add({ word: needle, needle, form: 'capitals' });
      this.#add({ word: needle.split('').reverse().join(''), needle, form: 'reversed' });
      this.#add({ word: rot13(needle), needle, form: 'rot13' });
    }
  }

  *in(text: string): Generator<{ readonly needle: string; readonly form: Alteration }, void> {
    const small = text.toLowerCase();
    for (const { 0: run, index } of text.matchAll(WORD_RUN))
      for (let at = index; at <= index + run.length - HEAD; at += 1)
        for (const { word, needle, form } of this.#byHead.get(small.slice(at, at + HEAD)) ?? [])
          // What stands there as it is was found without us.
          if (small.startsWith(word, at) && !text.startsWith(needle, at)) yield { needle, form };
  }

  #add(altered: Altered): void {
    const head = altered.word.slice(0, HEAD);
    const same = this.#byHead.get(head);
    if (same === undefined) this.#byHead.set(head, [altered]);
    else same.push(altered);
  }
}

/** Letters. */
const HEAD = 6;
/** A word that is long enough for a canary. */
const WORD_RUN = /[A-Za-z0-9]{20,}/g;
