import type { Place, TranscriptLine } from './place.js';

/** Bytes of a transcript's entry that were not read yet. */
export interface Arrival {
  readonly entry: number;
  readonly start: number;
  readonly length: number;
  readonly inside: boolean;
}

/** Where the bytes of one connection that were not read yet are recorded, so that what is found in them can be shown there. */
export class Arrivals {
  readonly #connection: number;
  /** Those of events that nobody took yet, and before them those in the reader. */
  #arriving: Arrival[] = [];
  #arrived: Arrival[] = [];

  constructor(connection: number) {
    this.#connection = connection;
  }

  /** The first that was not read. */
  get first(): Arrival | undefined {
    return this.#arrived[0] ?? this.#arriving[0];
  }

  /** Bytes were recorded; an event will tell of them. */
  record(arrival: Arrival): void {
    this.#arriving.push(arrival);
  }

  /** What the next event tells of. */
  next(): Arrival | undefined {
    return this.#arriving.shift();
  }

  /** It is in the reader now. */
  take(arrival: Arrival): void {
    this.#arrived.push(arrival);
  }

  /** What is in the reader is dropped, and what came on the other side of the boundary of TLS. */
  keep(side: 'inside' | 'outside'): void {
    this.#arrived = [];
    this.#arriving = this.#arriving.filter(({ inside }) => inside === (side === 'inside'));
  }

  /** Where lines stand that are found in this order in `text`, which is what was not read yet. */
  linesAt(lines: readonly string[], text: string): TranscriptLine[] {
    let from = 0;
    return lines.map((line) => {
      const found = text.indexOf(line, from);
      const offset = found === -1 ? from : found;
      from = offset + (found === -1 ? 0 : line.length);
      let passed = 0;
      for (const arrival of this.#arrived) {
        if (offset < passed + arrival.length)
          return { text: line, at: this.place(arrival, offset - passed, line.length) };
        passed += arrival.length;
      }
      return { text: line, at: this.place(this.#arrived.at(-1), 0, 0) };
    });
  }

  /** A line that goes on in the next entry is shown in the one in which it begins. */
  place(arrival: Arrival | undefined, offset: number, length: number): Place {
    const { entry, start, length: room } = arrival ?? { entry: 0, start: 0, length: 0 };
    return {
      connection: this.#connection,
      entry,
      start: start + offset,
      end: start + Math.min(offset + length, room),
    };
  }

  /** The first `length` bytes were read. */
  forget(length: number): void {
    let rest = length;
    while (rest > 0) {
      const first = this.#arrived.shift();
      if (first === undefined) return;
      if (first.length > rest)
        this.#arrived.unshift({ ...first, start: first.start + rest, length: first.length - rest });
      rest -= Math.min(first.length, rest);
    }
  }
}
