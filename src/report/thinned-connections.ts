import type { ConnectionRecord } from '../verdict/visit.js';
import type { BytesEntry, TranscriptEntry } from '../wire/entry.js';
import { jsonText } from './escape.js';

/** What evidence points at. */
export interface Pointed {
  readonly connection: number;
  readonly entry: number;
  readonly quote: string;
}

/** Connections of which the middle was left out. */
export interface ThinnedConnections {
  readonly connections: readonly ConnectionRecord[];
  /** Where an entry stands now; undefined if it was left out. */
  readonly placeOf: (connection: number, entry: number) => number | undefined;
  readonly keepsPlaces: boolean;
  /** Entries that have no place any more. */
  readonly left: number;
}

/** How much is kept. */
export interface Most {
  readonly connections: number;
  /** That entries take in a report as JSON. */
  readonly characters: number;
  /** Entries stand where they stood, those that are left out as a count of bytes: something else points at them. */
  readonly keepsPlaces?: true;
}

/** Characters that connections take in a report as JSON, nearly. */
export const sizeOf = (connections: readonly ConnectionRecord[]): number =>
  connections.reduce(
    (sum, { entries }) => sum + A_CONNECTION + entries.reduce((more, entry) => more + costOf(entry), 0),
    0,
  );

/**
 * Connections without what lies far from evidence and from both ends of each: bytes that are left out are told as bytes that
 * were not kept, and a long entry is cut around what evidence quotes.
 */
export const thinnedConnections = (
  connections: readonly ConnectionRecord[],
  evidence: readonly Pointed[],
  most: Most,
): ThinnedConnections => {
  const quotes = new Map<string, string[]>();
  for (const { connection, entry, quote } of evidence) {
    const key = placeName(connection, entry);
    quotes.set(key, [...(quotes.get(key) ?? []), quote]);
  }
  const proven = new Set(evidence.map(({ connection }) => connection));
  const shown = nearest(connections, (each, index) =>
    proven.has(each.id) ? -1 : fromEnds(index, connections.length),
  ).slice(0, most.connections);
  const cut = new Map(
    shown.map(({ id, entries }) => [
      id,
      entries.map((entry, index) => cutEntry(entry, quotes.get(placeName(id, index)) ?? [])),
    ]),
  );
  const ranked = shown.flatMap(({ id, entries }) => {
    const isProof = entries.map((_, index) => quotes.has(placeName(id, index)));
    const far = distances(isProof);
    return entries.map((entry, index) => ({
      id,
      index,
      // What begins a gap of its own pays for the words of that gap.
      cost: costOf(cut.get(id)?.[index]?.entry ?? entry) + (isProof[index] || isMarked(entry) ? A_GAP : 0),
      rank: isProof[index]
        ? -1
        : Math.min(fromEnds(index, entries.length), far[index] ?? Infinity, isMarked(entry) ? MARKED : Infinity),
    }));
  });
  const kept = new Set<string>();
  let room = most.characters;
  for (const { id, index, cost } of nearest(ranked, ({ rank }) => rank)) {
    room -= cost;
    if (room < 0) break;
    kept.add(placeName(id, index));
  }
  const isKept = (id: number, index: number): boolean => kept.has(placeName(id, index));
  if (most.keepsPlaces === true)
    return {
      connections: connections
        .filter(({ id }) => cut.has(id))
        .map(({ wire: _, ...rest }) => ({
          ...rest,
          entries: (cut.get(rest.id) ?? []).map((each, index) => inPlace(each, isKept(rest.id, index))),
        })),
      placeOf: (_, entry) => entry,
      keepsPlaces: true,
      left: 0,
    };
  const places = new Map<string, number>();
  const thinned = connections
    .filter(({ id }) => cut.has(id))
    .map(({ wire: _, ...rest }): ConnectionRecord => {
      const entries: TranscriptEntry[] = [];
      const gap = new Gap();
      for (const [index, { entry, before }] of (cut.get(rest.id) ?? []).entries()) {
        if (!isKept(rest.id, index)) {
          if (before > 0) gap.add(inPlace({ entry, before }, false));
          else gap.add(entry);
          continue;
        }
        if (before > 0 && entry.kind === 'bytes') gap.add({ ...entry, data: '', dropped: before });
        entries.push(...gap.taken());
        places.set(placeName(rest.id, index), entries.length);
        entries.push(entry);
      }
      entries.push(...gap.taken());
      return { ...rest, entries, truncated: true };
    });
  const all = connections.reduce((sum, { entries }) => sum + entries.length, 0);
  return {
    connections: thinned,
    placeOf: (connection, entry) => places.get(placeName(connection, entry)),
    keepsPlaces: false,
    left: all - kept.size,
  };
};

/** An entry as it is cut, or its bytes as a count. */
const inPlace = ({ entry, before }: CutEntry, isKept: boolean): TranscriptEntry => {
  if (entry.kind !== 'bytes') return entry;
  const dropped = before + (entry.dropped ?? 0) + (isKept ? 0 : entry.data.length);
  return { ...entry, ...(!isKept && { data: '' }), ...(dropped > 0 && { dropped }) };
};

/** What is left out between two entries: a count of bytes for each side, in clear and inside TLS. */
class Gap {
  readonly #sides = new Map<string, BytesEntry>();

  add(entry: TranscriptEntry): void {
    if (entry.kind !== 'bytes') return;
    const { at, from, inside, data, dropped = 0 } = entry;
    const key = `${from} ${String(inside)}`;
    const known = this.#sides.get(key) ?? { kind: 'bytes', at, from, inside, data: '' };
    this.#sides.set(key, { ...known, dropped: (known.dropped ?? 0) + data.length + dropped });
  }

  taken(): BytesEntry[] {
    const all = [...this.#sides.values()].filter(({ dropped = 0 }) => dropped > 0);
    this.#sides.clear();
    return all;
  }
}

interface CutEntry {
  readonly entry: TranscriptEntry;
  readonly before: number;
}

/** Of bytes that are too many the beginning, or what surrounds the first quote; `before` bytes were cut in front of it. */
const cutEntry = (entry: TranscriptEntry, quotes: readonly string[]): CutEntry => {
  if (entry.kind !== 'bytes' || entry.data.length <= LONGEST_ENTRY) return { entry, before: 0 };
  // What is secret in a quote is not as it was said.
  const [words] = quotes.flatMap((quote) => quote.split('…')[0] ?? []).filter((each) => each !== '');
  const at = words === undefined ? 0 : entry.data.indexOf(words);
  const before = Math.max(0, at - LONGEST_ENTRY / 4);
  const data = entry.data.slice(before, before + LONGEST_ENTRY);
  const after = entry.data.length - before - data.length + (entry.dropped ?? 0);
  return { entry: { ...entry, data, ...(after > 0 && { dropped: after }) }, before };
};

/** As a report holds it: lines of its fields, each far to the right. */
const costOf = (entry: TranscriptEntry): number => {
  // To write each as JSON takes longer than the judges do.
  if (entry.kind === 'bytes' && PLAIN.test(entry.data)) return A_BYTES_ENTRY + entry.data.length + LINE_END;
  const text = jsonText(entry, 2);
  return text.length + text.split('\n').length * INDENTED;
};

/** Something other than what was simply said. */
const isMarked = (entry: TranscriptEntry): boolean => entry.kind !== 'bytes' || entry.tampered === true;

const fromEnds = (index: number, length: number): number => Math.min(index, length - 1 - index);

/** Of each entry, how far away the nearest proof is. */
const distances = (isProof: readonly boolean[]): number[] => {
  const far = isProof.map((each) => (each ? 0 : Infinity));
  for (let index = 1; index < far.length; index += 1)
    far[index] = Math.min(far[index] ?? Infinity, (far[index - 1] ?? Infinity) + 1);
  for (let index = far.length - 2; index >= 0; index -= 1)
    far[index] = Math.min(far[index] ?? Infinity, (far[index + 1] ?? Infinity) + 1);
  return far;
};

/** The same, lowest first. */
const nearest = <T>(all: readonly T[], rank: (each: T, index: number) => number): T[] =>
  all
    .map((each, index) => ({ each, index, rank: rank(each, index) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ each }) => each);

const placeName = (connection: number, entry: number): string => `${String(connection)} ${String(entry)}`;

/** A line or a few, without anything to be escaped but their ends. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]{0,400}(?:\r\n)?$/;
/** Characters; what stands around them and in front of each line in a report as JSON. */
const INDENTED = 13;
const A_BYTES_ENTRY = 170;
const LINE_END = 4;
const A_CONNECTION = 450;
const A_GAP = 500;
/** Characters. */
const LONGEST_ENTRY = 4096;
/** As far from evidence as this counts what is no plain dialogue. */
const MARKED = 4;
