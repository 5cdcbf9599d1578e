import type { ClientStatus } from '../verdict/visit.js';
import type { SeenConnection } from './endpoint-watch.js';

/** A connection of which only the result is left. */
export type Told = Pick<SeenConnection, 'judgement'> & Partial<Pick<SeenConnection, 'visit' | 'masks'>>;

/**
 * What is kept of connections that ended: transcripts of the last ones and of bad ones, results of many, and a count of
 * all, so that an endpoint may stay up for months.
 */
export class Kept<T extends Told> {
  readonly #told: { seen: T; size: number }[] = [];
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
    this.#told.push({ seen, size: sizeOf(seen) });
    this.#lighten();
  }

  /** Bad results go last, and among equals the oldest first. */
  #lighten(): void {
    const full = this.#told.filter(({ size }) => size > 0);
    const last = full.filter(({ seen }) => !isBad(seen));
    const bad = full.filter(({ seen }) => isBad(seen));
    for (const each of [...excess(last, MOST_LAST, MOST_LAST_BYTES), ...excess(bad, MOST_BAD, MOST_BAD_BYTES)]) {
      const index = this.#told.indexOf(each);
      const { visit: _visit, masks: _masks, ...rest } = each.seen;
      // Generic code cannot know that `T` allows both to be absent.
      this.#told[index] = { seen: rest as unknown as T, size: 0 };
    }
    if (this.#told.length <= MOST_RESULTS) return;
    const mild = this.#told.findIndex(({ seen }) => seen.judgement.status === 'inconclusive');
    this.#told.splice(Math.max(0, mild), 1);
    this.#dropped += 1;
  }
}

const excess = <E extends { readonly size: number }>(all: readonly E[], most: number, bytes: number): E[] => {
  let left = bytes;
  return all.toReversed().filter(({ size }, index) => {
    left -= size;
    return index >= most || left < 0;
  });
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
