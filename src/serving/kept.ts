import type { ClientStatus } from '../verdict/visit.js';
import type { SeenConnection } from './telling.js';

/** A connection of which only the result is left. */
export type Told = Pick<SeenConnection, 'judgement'> & Partial<Pick<SeenConnection, 'visit' | 'masks'>>;

/**
 * What is kept of connections that ended: transcripts of the last ones and of bad ones, results of many, and a count of
 * all, so that an endpoint may stay up for months.
 */
export class Kept<T extends Told> {
  readonly #told: Held<T>[] = [];
  /** Those of them that still have a transcript, oldest first. */
  readonly #last: Held<T>[] = [];
  readonly #bad: Held<T>[] = [];
  readonly #counts = new Map<ClientStatus, number>();
  #dropped = 0;

  /** Connections by status, all of them. */
  get counts(): ReadonlyMap<ClientStatus, number> {
    return this.#counts;
  }

  /** Connections that are counted only: nothing else is left of them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What is left, in the order in which connections ended. */
  get all(): T[] {
    return this.#told.map(({ seen }) => seen);
  }

  add(seen: T): void {
    const { status } = seen.judgement;
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + 1);
    const held: Held<T> = { seen, size: sizeOf(seen) };
    this.#told.push(held);
    // Bad results go last, and among equals the oldest first.
    if (held.size > 0 && isBad(seen)) lighten(this.#bad, held, MOST_BAD, MOST_BAD_BYTES);
    else if (held.size > 0) lighten(this.#last, held, MOST_LAST, MOST_LAST_BYTES);
    if (this.#told.length <= MOST_RESULTS) return;
    const mild = this.#told.findIndex(({ seen }) => seen.judgement.status === 'inconclusive');
    this.#told.splice(Math.max(0, mild), 1);
    this.#dropped += 1;
  }

  /** A result that was added has changed; one that is counted only stays as it was. Its transcript may be gone meanwhile. */
  replace(isIt: (seen: T) => boolean, by: T): void {
    const held = this.#told.find((each) => isIt(each.seen));
    if (held === undefined) return;
    for (const [{ judgement }, more] of [
      [held.seen, -1],
      [by, 1],
    ] as const)
      this.#counts.set(judgement.status, (this.#counts.get(judgement.status) ?? 0) + more);
    held.seen = by;
  }
}

interface Held<T> {
  seen: T;
  /** Bytes of its transcript, nearly. */
  size: number;
}

/** Takes one more transcript, and throws away the oldest ones that are too many, or take too much. */
const lighten = <T extends Told>(all: Held<T>[], added: Held<T>, most: number, bytes: number): void => {
  all.push(added);
  let sum = all.reduce((total, { size }) => total + size, 0);
  while (all.length > most || sum > bytes) {
    const oldest = all.shift();
    if (oldest === undefined) return;
    sum -= oldest.size;
    const { visit: _visit, masks: _masks, ...rest } = oldest.seen;
    // Generic code cannot know that `T` allows both to be absent.
    oldest.seen = rest as unknown as T;
    oldest.size = 0;
  }
};

const isBad = ({ judgement: { status } }: Told): boolean => status === 'unsafe' || status === 'downgradable';

/** Bytes, nearly; 0 without a transcript. */
const sizeOf = ({ visit }: Told): number =>
  visit === undefined
    ? 0
    : visit.connections
        .flatMap(({ entries }) => entries)
        .reduce((sum, entry) => sum + ENTRY + ('data' in entry ? entry.data.length : 0), ENTRY);

const MIB = 1024 * 1024;
const ENTRY = 200;
const MOST_LAST = 100;
const MOST_LAST_BYTES = 8 * MIB;
const MOST_BAD = 500;
const MOST_BAD_BYTES = 24 * MIB;
const MOST_RESULTS = 2000;
