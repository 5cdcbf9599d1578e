import { createHmac } from 'node:crypto';
import type { Canaries } from './canaries.js';
import type { Mask } from './recording.js';
import type { TranscriptEntry } from '../wire/entry.js';
import { valuesIn, valuesInUnfinished } from './own-secret.js';
import { secretRanges, type SecretRange, type StreamPiece } from './secret-ranges.js';
import { outline } from './outline.js';
import { overwritten, placesOf } from './sweep.js';
import type { ClientEnd, ConnectionRecord, Visit } from './visit.js';

/** How secrets that are not canaries are kept out of what is stored. */
export interface Masking {
  /** `keep` for labs only. */
  readonly secrets: 'mask' | 'keep';
  /** Key of the fingerprints; thrown away with the session. */
  readonly key: Buffer;
  /** Secrets of the session: a client may print them in any visit. */
  readonly known: Set<string>;
}

/** A visit as it may be stored. */
export interface Masked {
  readonly visit: Visit;
  readonly masks: Mask[];
  /** Overwrites the secrets of the visit in any text, also where they are escaped. */
  readonly sweep: (text: string) => string;
}

/**
 * The visit as it may be stored: credentials that are not its canaries, and in the middle seat mail and whatever grammar does
 * not know, are overwritten by as many letters where grammar finds them, and wherever else the same values stand on the
 * connection that said them. What judges read of a connection stays as it is: a value that is also a word of the protocol,
 * or that somebody else has said, is left where it is no secret.
 */
export const maskVisit = (visit: Visit, masking: Masking): Masked => {
  if (masking.secrets === 'keep') return { visit, masks: [], sweep: (text) => text };
  const mail = visit.seat === 'middle';
  const own = ownValues(visit.canaries);
  const found = visit.connections.map((connection) => {
    const { ranges, pieces } = secretRanges(connection, visit.canaries, mail);
    return { connection, ranges, pieces, values: valuesOf(ranges).filter((value) => !own.has(value)) };
  });
  for (const value of found.flatMap(({ values }) => values))
    if (masking.known.size < MOST_VALUES) masking.known.add(value);
  const masks = found.flatMap(({ connection, ranges, pieces }) =>
    ranges.map((range) => maskOf(range, connection, pieces, masking.key)),
  );
  if (masks.length === 0 && masking.known.size === 0) return { visit, masks, sweep: (text) => text };
  const sweep = sweepOf(visit, masking);
  return {
    masks,
    sweep,
    visit: {
      ...visit,
      connections: found.map((each) => maskedConnection(each, visit.canaries)),
      client: sweptEnd(visit.client, sweep),
      faults: visit.faults.map(sweep),
      ...(visit.control?.why !== undefined && { control: { ...visit.control, why: sweep(visit.control.why) } }),
    },
  };
};

/** Overwrites in any text the secrets that the session has met so far, also where they are escaped; the visit's canaries stay. */
export const sweepOf = ({ canaries }: Visit, { secrets, known }: Masking): ((text: string) => string) => {
  const own = ownValues(canaries);
  const met = secrets === 'keep' ? [] : [...known].filter((value) => !own.has(value));
  const places = placesOf(met, { pieces: withoutCanaries(met, canaries) });
  return (text) => overwritten(text, places(text));
};

/** What a search for secrets must not find: the canaries, and what base64 would make of them. */
const ownValues = (canaries: Canaries): ReadonlySet<string> => new Set(Object.values(canaries).flatMap(valuesIn));

/** Values that may be searched for in pieces: an unfinished line may hold a canary beside a secret. */
const withoutCanaries = (values: readonly string[], canaries: Canaries): string[] => {
  const own = Object.values(canaries).map(String);
  return values.filter((value) => !own.some((canary) => value.includes(canary)));
};

interface Found {
  readonly connection: ConnectionRecord;
  readonly ranges: readonly SecretRange[];
  readonly pieces: readonly StreamPiece[];
  readonly values: readonly string[];
}

const valuesOf = (ranges: readonly SecretRange[]): string[] => [
  ...new Set(
    ranges
      .filter((range) => !isLong(range))
      .flatMap((range) => (range.unfinished === true ? valuesInUnfinished : valuesIn)(range.value)),
  ),
];

const maskedConnection = ({ connection, ranges, pieces, values }: Found, canaries: Canaries): ConnectionRecord => {
  if (ranges.length === 0) return connection;
  const masked = (whole: readonly string[], inPieces: readonly string[]): ConnectionRecord => {
    const wholly = placesOf(whole);
    const partly = placesOf(inPieces, { pieces: withoutCanaries(inPieces, canaries) });
    return {
      ...connection,
      entries: maskedEntries(connection, ranges, pieces, (text) => [...wholly(text), ...partly(text)]),
    };
  };
  const before = outline(connection);
  const inPieces = masked([], values);
  if (outline(inPieces) === before) return inPieces;
  const whole = masked(values, []);
  if (outline(whole) === before) return whole;
  // What grammar finds is overwritten in any case, even where judges then read something else.
  const read = new Set([before, outline(masked([], []))]);
  const isAlike = (each: ConnectionRecord): boolean => read.has(outline(each));
  const alike = [inPieces, whole].find(isAlike);
  if (alike !== undefined) return alike;
  const tried = values.length > MOST_TRIED ? [] : values;
  const partly = tried.filter((value) => isAlike(masked([], [value])));
  const wholly = tried.filter((value) => !partly.includes(value) && isAlike(masked([value], [])));
  return masked(wholly, partly);
};

/** Characters; what is longer is no login, and is looked for nowhere else. */
const LONGEST_SECRET = 64 * 1024;

/** No login: a message, or what is as long as one. */
const isLong = ({ class: kind, value }: SecretRange): boolean => kind === 'mail' || value.length > LONGEST_SECRET;

/** Values of one connection that are tried one by one. */
const MOST_TRIED = 20;

/** Values that are searched for in what clients print. */
const MOST_VALUES = 5000;

const maskOf = (
  { stream, start, class: kind, value }: SecretRange,
  connection: ConnectionRecord,
  pieces: readonly StreamPiece[],
  key: Buffer,
): Mask => {
  const entry = pieces.findLast((piece) => piece.stream === stream && piece.start <= start)?.entry;
  const fingerprint = createHmac('sha256', key).update(value, 'latin1').digest('hex').slice(0, 16);
  return {
    class: kind,
    length: value.length,
    fingerprint,
    connection: connection.id,
    ...(entry !== undefined && { entry }),
  };
};

/** Overwrites in whole streams, since a secret may be cut into segments anywhere, and cuts them up as they were. */
const maskedEntries = (
  connection: ConnectionRecord,
  ranges: readonly SecretRange[],
  pieces: readonly StreamPiece[],
  swept: (text: string) => readonly { readonly start: number; readonly end: number }[],
): TranscriptEntry[] => {
  const masked = new Map<string, string>();
  for (const stream of new Set(pieces.map((piece) => piece.stream))) {
    const text = pieces
      .filter((piece) => piece.stream === stream)
      .map(({ data }) => data)
      .join('');
    const here = ranges.filter((range) => range.stream === stream);
    // What is overwritten anyway is not searched: that takes long in a long mail.
    const found = gapsBetween(here.filter(isLong), text.length).flatMap((gap) =>
      swept(text.slice(gap.start, gap.end)).map(({ start, end }) => ({
        start: gap.start + start,
        end: gap.start + end,
      })),
    );
    masked.set(stream, overwritten(text, [...here, ...found]));
  }
  const parts = new Map(
    pieces.map(({ stream, entry, pending, start, data }) => [
      `${String(entry)} ${String(pending ?? '')}`,
      (masked.get(stream) ?? '').slice(start, start + data.length),
    ]),
  );
  return connection.entries.map((entry, index): TranscriptEntry => {
    if (entry.kind === 'bytes') return { ...entry, data: parts.get(`${String(index)} `) ?? entry.data };
    if (entry.kind !== 'boundary') return entry;
    return {
      ...entry,
      pending: entry.pending.map(({ at, data }, segment) => ({
        at,
        data: parts.get(`${String(index)} ${String(segment)}`) ?? data,
      })),
    };
  });
};

/** What is left of a text of `length` characters without the ranges. */
const gapsBetween = (ranges: readonly SecretRange[], length: number): { start: number; end: number }[] => {
  const gaps: { start: number; end: number }[] = [];
  let at = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    if (start > at) gaps.push({ start: at, end: start });
    at = Math.max(at, end);
  }
  if (at < length) gaps.push({ start: at, end: length });
  return gaps;
};

const sweptEnd = (end: ClientEnd, sweep: (text: string) => string): ClientEnd => ({
  ...end,
  stdout: sweep(end.stdout),
  stderr: sweep(end.stderr),
  ...(end.error !== undefined && { error: sweep(end.error) }),
});
