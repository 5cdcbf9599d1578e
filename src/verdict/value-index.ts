import { Beginnings } from './beginnings.js';
import { FINE_STEP, type Steps } from './steps.js';

/** Finds many values in a text at once, whatever the case of letters, in time that hardly grows with their number. */
export class ValueIndex {
  /** Lower case, sorted. */
  readonly #values: readonly string[];
  /** Of each value, the index of the longest other one that it begins with; -1 if none. */
  readonly #shorter: readonly number[];
  readonly #heads: ReadonlySet<string>;
  readonly #head: number;
  /** Unused where a value has one character only. */
  readonly #beginnings = new Beginnings();

  constructor(values: Iterable<string>) {
    this.#values = [...new Set([...values].map(folded))].filter((value) => value !== '').sort(byCode);
    this.#head = Math.min(...this.#values.map(({ length }) => length), 8);
    this.#heads = new Set(this.#values.map((value) => value.slice(0, this.#head)));
    this.#shorter = beginnings(this.#values);
    for (const head of this.#heads) this.#beginnings.add(head);
  }

  /** Characters of the shortest value; 0 if there are none. */
  get shortest(): number {
    return this.#values.length === 0 ? 0 : Math.min(...this.#values.map(({ length }) => length));
  }

  /** Whether any of them stands in a text. */
  isIn(text: string): boolean {
    return this.#matches(folded(text)).next().done !== true;
  }

  /** Where they stand, in steps; values that overlap are one place. */
  *places(text: string): Steps<{ start: number; end: number }[]> {
    const found: { start: number; end: number }[] = [];
    let last: { start: number; end: number } | undefined;
    let step = FINE_STEP;
    for (const { start, end } of this.#matches(folded(text))) {
      if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
      else found.push((last = { start, end }));
      if (start < step) continue;
      step = start + FINE_STEP;
      yield;
    }
    return found;
  }

  *#matches(text: string): Generator<{ start: number; end: number }, void> {
    if (this.#values.length === 0) return;
    for (let start = 0; start + this.#head <= text.length; start += 1) {
      if (this.#head > 1 && !this.#beginnings.mayBeAt(text, start)) continue;
      if (!this.#heads.has(text.slice(start, start + this.#head))) continue;
      const length = this.#longestAt(text, start);
      if (length > 0) yield { start, end: start + length };
    }
  }

  /** The last value that is not behind the text in order, or one that it begins with, is the longest that stands here. */
  #longestAt(text: string, start: number): number {
    let [low, high] = [0, this.#values.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const value = this.#values[middle] ?? '';
      if (byCode(value, text.slice(start, start + value.length)) <= 0) low = middle + 1;
      else high = middle;
    }
    for (let at = low - 1; at >= 0; at = this.#shorter[at] ?? -1) {
      const value = this.#values[at] ?? '';
      if (text.startsWith(value, start)) return value.length;
    }
    return 0;
  }
}

const beginnings = (values: readonly string[]): number[] => {
  const open: number[] = [];
  return values.map((value, index) => {
    while (open.length > 0 && !value.startsWith(values[open.at(-1) ?? 0] ?? '')) open.pop();
    const shorter = open.at(-1) ?? -1;
    open.push(index);
    return shorter;
  });
};

/** Small letters, one for one: a few letters become longer otherwise. */
const folded = (text: string): string => {
  const small = text.toLowerCase();
  return small.length === text.length ? small : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
};

const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
