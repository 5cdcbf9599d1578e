import { createHmac } from 'node:crypto';
import type { Canaries } from './canaries.js';
import type { Mask } from './recording.js';
import type { TranscriptEntry } from '../wire/entry.js';
import { valuesIn, valuesInUnfinished } from './own-secret.js';
import { secretRanges, type SecretRange, type StreamPiece } from './secret-ranges.js';
import { differences, outlined } from './outline.js';
import { FINE_STEP, finished, type Steps } from './steps.js';
import { overwritten, placesOf, type Places } from './sweep.js';
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
 * connection that said them, and on its leg to the real server. What judges read of a connection stays as it is: a value that is also a word of the protocol,
 * or that somebody else has said, is left where it is no secret.
 */
export const maskVisit = (visit: Visit, masking: Masking): Masked => finished(maskingSteps(visit, masking));

/** The same in steps. */
export function* maskingSteps(visit: Visit, masking: Masking): Steps<Masked> {
  if (masking.secrets === 'keep') return { visit, masks: [], sweep: (text) => text };
  const mail = visit.seat === 'middle';
  const found: Found[] = [];
  for (const connection of visit.connections) {
    const { ranges, pieces } = yield* secretRanges(connection, visit.canaries, mail);
    const values = valuesOf(ranges);
    const own = values.length === 0 ? new Set() : ownValues(visit.canaries);
    const logins = new Set(valuesOf(ranges.filter(({ login }) => login)));
    const foreign = values.filter((value) => !own.has(value));
    found.push({ connection, ranges, pieces, values: foreign, logins: foreign.filter((value) => logins.has(value)) });
    if (ranges.length > MANY) yield;
  }
  for (const value of found.flatMap(({ values }) => values))
    if (masking.known.size < MOST_VALUES) masking.known.add(value);
  // What a client says is passed on to the real server.
  const all = [...new Set(found.flatMap(({ values }) => values))];
  const logins = [...new Set(found.flatMap((each) => each.logins))];
  const passed = found.map((each) => (each.connection.leg === 'server' ? { ...each, values: all, logins } : each));
  const masks = found.flatMap(({ connection, ranges, pieces }) => {
    const entryOf = entriesOf(pieces);
    return ranges.map((range) => maskOf(range, connection.id, entryOf(range), masking.key));
  });
  if (masks.length === 0 && masking.known.size === 0) return { visit, masks, sweep: (text) => text };
  if (masks.length > MANY) yield;
  const known = metValues(visit, masking);
  const places = placesOf(known, { pieces: withoutCanaries(known, visit.canaries) });
  yield* places.prepared();
  /** Mostly one client says all that is known: to prepare a search takes longer than to make it. */
  const searchFor = (values: readonly string[]): Places =>
    values.length === known.length && values.every((value) => masking.known.has(value))
      ? places
      : placesOf(values, { pieces: withoutCanaries(values, visit.canaries) });
  const connections: ConnectionRecord[] = [];
  for (const each of passed) connections.push(withoutWire(yield* maskedConnection(each, searchFor)));
  const sweep = sweepBy(places);
  return {
    masks,
    sweep,
    visit: {
      ...visit,
      connections,
      client: sweptEnd(visit.client, sweep),
      faults: visit.faults.map(sweep),
      ...(visit.met?.client !== undefined && { met: { ...visit.met, client: sweep(visit.met.client) } }),
      ...(visit.control?.why !== undefined && { control: { ...visit.control, why: sweep(visit.control.why) } }),
    },
  };
}

/** TLS records and their keys hold what is masked: they go with it. */
const withoutWire = ({ wire: _, ...connection }: ConnectionRecord): ConnectionRecord => connection;

/** Overwrites in any text the secrets that the session has met so far, also where they are escaped; the visit's canaries stay. */
export const sweepOf = (visit: Visit, masking: Masking): ((text: string) => string) => {
  const met = metValues(visit, masking);
  return sweepBy(placesOf(met, { pieces: withoutCanaries(met, visit.canaries) }));
};

const sweepBy =
  (places: Places) =>
  (text: string): string =>
    overwritten(text, places.in(text));

const metValues = ({ canaries }: Visit, { secrets, known }: Masking): string[] => {
  if (secrets === 'keep' || known.size === 0) return [];
  const own = ownValues(canaries);
  return [...known].filter((value) => !own.has(value));
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
  /** Those that were said to a login. */
  readonly logins: readonly string[];
}

const valuesOf = (ranges: readonly SecretRange[]): string[] => [
  ...new Set(
    ranges
      .filter((range) => !isLong(range))
      .flatMap((range) => (range.unfinished === true ? valuesInUnfinished : valuesIn)(range.value)),
  ),
];

function* maskedConnection(found: Found, searchFor: (values: readonly string[]) => Places): Steps<ConnectionRecord> {
  const { connection, ranges, values, logins } = found;
  const search = searchFor(values);
  if (ranges.length === 0 && values.length === 0) return connection;
  const masked = (places: readonly Place[]): ConnectionRecord => ({
    ...connection,
    entries: maskedEntries(found, places),
  });
  const size = connection.entries.reduce((sum, entry) => sum + (entry.kind === 'bytes' ? entry.data.length : 0), 0);
  const isLarge = size > FINE_STEP;
  const pieces = yield* placesIn(found, search.steps);
  if (isLarge) yield;
  const inPieces = masked(pieces);
  // To read it again and again would hold up everybody else; no client that means well says so much beside its mail.
  if (size > LARGEST_READ) return inPieces;
  const before = outlined(connection);
  if (outlined(inPieces).whole === before.whole) return inPieces;
  if (isLarge) yield;
  const wholes = yield* placesIn(found, search.wholes);
  // What grammar finds is overwritten in any case, even where judges then read something else.
  const bare = outlined(masked([]));
  const isAlike = function* (places: readonly Place[]): Steps<boolean> {
    if (isLarge) yield;
    const { whole } = outlined(masked(places));
    return whole === before.whole || whole === bare.whole;
  };
  const trials = { left: Math.max(LEAST_TRIALS, Math.min(MOST_TRIALS, Math.floor(ALL_TRIED / (1 + size)))) };
  /** The places that can all be overwritten, and those that stand where judges read something: each has to be tried. */
  const sifted = function* (places: readonly Place[], kept: readonly Place[]): Steps<Sifted> {
    let easy = merged(places);
    const hard: Place[] = [];
    for (let round = 0; round < MOST_ROUNDS && trials.left > 0 && easy.length > 0; round += 1) {
      trials.left -= 1;
      if (isLarge) yield;
      const now = outlined(masked([...kept, ...easy]));
      if (now.whole === before.whole || now.whole === bare.whole) return { easy, hard };
      const suspects = new Set(easy.filter(isWithin(found, differences(bare, now))));
      if (suspects.size === 0) break;
      hard.push(...suspects);
      easy = easy.filter((place) => !suspects.has(place));
    }
    return { easy: [], hard: [...easy, ...hard] };
  };
  const wordsIn = wordsOf(streamsOf(found.pieces));
  const added = function* (places: readonly Place[], before: readonly Place[]): Steps<readonly Place[]> {
    const { easy, hard } = yield* sifted(places, before);
    // The signs between the words of a place may be grammar.
    const words = yield* sifted(hard.flatMap(wordsIn), [...before, ...easy]);
    return yield* settled(words.hard, [...before, ...easy, ...words.easy], isAlike, trials);
  };
  // Lines that nobody knows may repeat words of the protocol: their many places would use up what may be tried.
  const first = logins.length < values.length ? yield* placesIn(found, searchFor(logins).steps) : [];
  const kept = yield* added(pieces, yield* added(first, []));
  // A piece may take a blank along that separates words; the value itself does not.
  return masked(
    yield* added(
      wholes.filter((place) => !kept.some((each) => holds(each, place))),
      kept,
    ),
  );
}

interface Sifted {
  readonly easy: readonly Place[];
  readonly hard: Place[];
}

/** Whether a place touches the entries in which outlines differ. */
const isWithin = ({ pieces }: Found, { from, spans }: ReturnType<typeof differences>): ((place: Place) => boolean) => {
  const touched = pieces.filter(
    ({ stream, entry }) => stream.startsWith(from) && spans.some(([first, last]) => first <= entry && entry <= last),
  );
  return ({ stream, start, end }) =>
    touched.some((piece) => piece.stream === stream && piece.start < end && start < piece.start + piece.data.length);
};

/** Part of a stream that is overwritten. */
type Place = Pick<SecretRange, 'stream' | 'start' | 'end'>;

const holds = (outer: Place, inner: Place): boolean =>
  outer.stream === inner.stream && outer.start <= inner.start && inner.end <= outer.end;

/** What overlaps is one place. */
const merged = (places: readonly Place[]): Place[] => {
  const all: Place[] = [];
  for (const place of places.toSorted((a, b) =>
    a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.start - b.start,
  )) {
    const last = all.at(-1);
    if (last?.stream === place.stream && place.start <= last.end)
      all[all.length - 1] = { ...last, end: Math.max(last.end, place.end) };
    else all.push(place);
  }
  return all;
};

/** As many places as may be overwritten besides those that are `kept`, without a change of what judges read; halves what does change it. */
function* settled(
  places: readonly Place[],
  kept: readonly Place[],
  isAlike: (places: readonly Place[]) => Steps<boolean>,
  trials: { left: number },
): Steps<readonly Place[]> {
  if (places.length === 0 || trials.left <= 0) return kept;
  trials.left -= 1;
  const all = [...kept, ...places];
  if (yield* isAlike(all)) return all;
  if (places.length === 1) return kept;
  const half = places.length >> 1;
  const first = yield* settled(places.slice(0, half), kept, isAlike, trials);
  return yield* settled(places.slice(half), first, isAlike, trials);
}

/** Letters and digits that stand together within a place. */
const wordsOf =
  (texts: ReadonlyMap<string, string>) =>
  ({ stream, start, end }: Place): Place[] =>
    [...(texts.get(stream) ?? '').slice(start, end).matchAll(/[A-Za-z0-9+/=_-]{4,}/g)].map(({ 0: word, index }) => ({
      stream,
      start: start + index,
      end: start + index + word.length,
    }));

/** Differences of outlines that are looked at one after the other. */
const MOST_ROUNDS = 12;
/** Maskings that are tried for one connection: fewer of a long one, which takes long to read. */
const MOST_TRIALS = 96;
const LEAST_TRIALS = 4;
/** Characters that are read anew for it, at most, beyond the fewest trials. */
const ALL_TRIED = 384 * 1024;
/** Characters of a connection in which all is overwritten that repeats a secret, whatever judges would then read of it. */
const LARGEST_READ = 96 * 1024;

/** Characters; what is longer is no login, and is looked for nowhere else. */
const LONGEST_SECRET = 64 * 1024;

/** No login: a message, or what is as long as one. */
const isLong = ({ class: kind, value }: SecretRange): boolean => kind === 'mail' || value.length > LONGEST_SECRET;

/** Ranges that take a step of their own. */
const MANY = 500;

/** Values that are searched for in what clients print. */
const MOST_VALUES = 5000;

const maskOf = (
  { class: kind, value }: SecretRange,
  connection: number,
  entry: number | undefined,
  key: Buffer,
): Mask => {
  const fingerprint = createHmac('sha256', key).update(value, 'latin1').digest('hex').slice(0, 16);
  return { class: kind, length: value.length, fingerprint, connection, ...(entry !== undefined && { entry }) };
};

/** The entry in which a range begins. A connection may have thousands of both. */
const entriesOf = (pieces: readonly StreamPiece[]): ((range: Place) => number | undefined) => {
  const streams = byStream(pieces);
  return ({ stream, start }) => {
    const all = streams.get(stream) ?? [];
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    return all[low - 1]?.entry;
  };
};

const byStream = (pieces: readonly StreamPiece[]): ReadonlyMap<string, readonly StreamPiece[]> => {
  const streams = new Map<string, StreamPiece[]>();
  for (const piece of pieces) {
    const same = streams.get(piece.stream);
    if (same === undefined) streams.set(piece.stream, [piece]);
    else same.push(piece);
  }
  return streams;
};

/** The text of each stream: a secret may be cut into segments anywhere. */
const streamsOf = (pieces: readonly StreamPiece[]): ReadonlyMap<string, string> =>
  new Map([...byStream(pieces)].map(([stream, all]) => [stream, all.map(({ data }) => data).join('')]));

/** Where a search finds something. What is overwritten anyway is not searched: that takes long in a long mail. */
function* placesIn({ ranges, pieces }: Found, search: Places['steps']): Steps<Place[]> {
  const found: Place[] = [];
  for (const [stream, text] of streamsOf(pieces)) {
    const long = ranges.filter((range) => range.stream === stream && isLong(range));
    for (const gap of gapsBetween(long, text.length))
      for (const { start, end } of yield* search(text.slice(gap.start, gap.end)))
        found.push({ stream, start: gap.start + start, end: gap.start + end });
  }
  return found;
}

/** Overwrites what grammar found and the places in whole streams, and cuts them up as they were. */
const maskedEntries = ({ connection, ranges, pieces }: Found, places: readonly Place[]): TranscriptEntry[] => {
  const masked = new Map(
    [...streamsOf(pieces)].map(([stream, text]) => [
      stream,
      overwritten(
        text,
        [...ranges, ...places].filter((each) => each.stream === stream),
      ),
    ]),
  );
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

/** What is left of a text of `length` characters without the ranges; where these touch or overlap, a part without text. */
const gapsBetween = (ranges: readonly SecretRange[], length: number): { start: number; end: number }[] => {
  const gaps: { start: number; end: number }[] = [];
  let at = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    gaps.push({ start: at, end: start });
    at = Math.max(at, end);
  }
  gaps.push({ start: at, end: length });
  return gaps;
};

const sweptEnd = (end: ClientEnd, sweep: (text: string) => string): ClientEnd => ({
  ...end,
  stdout: sweep(end.stdout),
  stderr: sweep(end.stderr),
  ...(end.error !== undefined && { error: sweep(end.error) }),
  ...(end.display !== undefined && { display: sweep(end.display) }),
});
