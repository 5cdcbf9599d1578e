import { spellingsOf } from './spellings.js';
import { FINE_STEP, finished, type Steps } from './steps.js';
import { ValueIndex } from './value-index.js';
import { ValuePieces } from './value-pieces.js';

/** A place in a text. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where values stand in a text. */
export interface Places {
  readonly in: (text: string) => Span[];
  /** The same in steps. */
  readonly steps: (text: string) => Steps<Span[]>;
  /** The same without pieces. */
  readonly wholes: (text: string) => Steps<Span[]>;
  /** What the first search would do before it begins. */
  readonly prepared: () => Steps<void>;
}

/**
 * Finds the places in a text where one of the values (latin1) stands: as it is, quoted, percent-coded, in hexadecimal, in UTF-16
 * or inside base64. Of `pieces`, eight characters in a row are enough, in clear and inside hexadecimal and base64.
 * Made once for many texts: it takes much longer than a search.
 */
export const placesOf = (
  values: readonly string[],
  { pieces = [] }: { readonly pieces?: readonly string[] } = {},
): Places => {
  const wanted = [...new Set(values.filter(isDistinctive).flatMap(inParts))];
  let indices: Indices | undefined;
  const search = function* (text: string, parts: ValuePieces | undefined): Steps<Span[]> {
    // No shorter text holds anything that is looked for.
    if (wanted.length === 0 || text.length < SHORTEST) return [];
    return yield* searched(text, (indices ??= yield* indicesOf(wanted)), parts);
  };
  let parts: ValuePieces | undefined;
  const steps = (text: string): Steps<Span[]> =>
    search(text, pieces.length === 0 ? undefined : (parts ??= new ValuePieces(pieces)));
  const prepared = function* (): Steps<void> {
    indices ??= yield* indicesOf(wanted);
  };
  return { in: (text) => finished(steps(text)), steps, wholes: (text) => search(text, undefined), prepared };
};

/** The values as they are, and in every spelling. */
interface Indices {
  readonly plain: ValueIndex;
  readonly spelled: ValueIndex;
}

function* indicesOf(wanted: readonly string[]): Steps<Indices> {
  const spellings: string[] = [];
  for (const [index, value] of wanted.entries()) {
    spellings.push(...spellingsOf(value));
    if (index % MANY === MANY - 1) yield;
  }
  const spelled = new ValueIndex(spellings);
  if (wanted.length > MANY) yield;
  return { plain: new ValueIndex(wanted), spelled };
}

function* searched(text: string, { plain, spelled }: Indices, parts: ValuePieces | undefined): Steps<Span[]> {
  // Three bytes are four letters: most words of a message are too short to hold any value.
  const fewest = Math.ceil(((parts === undefined ? plain.shortest : Math.min(plain.shortest, 8)) * 4) / 3);
  const holdsOne = (decoded: string): boolean => plain.isIn(decoded) || parts?.isIn(decoded) === true;
  const places = yield* spelled.places(text);
  if (text.length > FINE_STEP) yield;
  for (const place of parts?.places(text) ?? []) places.push(place);
  if (text.length > FINE_STEP) yield;
  let step = FINE_STEP;
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (index > step) {
      step = index + FINE_STEP;
      yield;
    }
    if (run.length < fewest) continue;
    const holds = [0, 1, 2, 3].some((skip) => {
      const decoded = Buffer.from(run.slice(skip), 'base64').toString('latin1');
      return holdsOne(decoded) || (decoded.includes('\0') && holdsOne(decoded.replaceAll('\0', '')));
    });
    if (holds) places.push({ start: index, end: index + run.length });
  }
  for (const { 0: run, index } of parts === undefined ? [] : text.matchAll(HEX_RUN))
    if ([0, 1].some((skip) => parts?.isIn(Buffer.from(run.slice(skip), 'hex').toString('latin1')) === true))
      places.push({ start: index, end: index + run.length });
  return places;
}

/** The text with all places overwritten by as many letters; line ends and padding stay. */
export const overwritten = (
  text: string,
  places: readonly { readonly start: number; readonly end: number }[],
): string => {
  if (places.length === 0) return text;
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of places.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const from = Math.max(at, start);
    const to = Math.min(end, text.length);
    if (from >= to) continue;
    const padding = /={0,2}$/.exec(text.slice(Math.max(0, to - 2), to))?.[0].length ?? 0;
    const last = Math.max(from, to - padding);
    parts.push(text.slice(at, from), text.slice(from, last).replace(/[^\r\n]/g, FILLER), text.slice(last, to));
    at = to;
  }
  return [...parts, text.slice(at)].join('');
};

/** A long value is found by its parts: comparing it whole at every place would take forever where a text is of one letter. */
const inParts = (value: string): string[] => {
  if (value.length <= PART) return [value];
  const parts = Array.from({ length: Math.floor(value.length / PART) }, (_, index) =>
    value.slice(index * PART, (index + 1) * PART),
  );
  return [...parts, value.slice(-PART)];
};

/** Words of the protocols would be found everywhere, and tell nothing. */
const isDistinctive = (value: string): boolean => value.length >= SHORTEST && !WORDS.has(value.toUpperCase());

/**
 * A run of base64 letters, also those of URLs; folded only as MIME does it, for a short line before it is a command. The last line
 * may be one padded group.
 */
const RUN = /(?:[A-Za-z0-9+/]{60,76}\r?\n)*(?:[A-Za-z0-9+/_-]{4,}={0,2}|[A-Za-z0-9+/_-]{2,3}={1,2})/g;
/** Eight bytes in hexadecimal, or more. */
const HEX_RUN = /[0-9A-Fa-f]{16,}/g;
const FILLER = 'x';
/** Values whose spellings are made in one step. */
const MANY = 64;
/** Characters of a value that are compared at one place. */
const PART = 32;
/** Characters; shorter values stand everywhere. */
const SHORTEST = 4;
const WORDS: ReadonlySet<string> = new Set(
  'EHLO HELO LHLO MAIL RCPT DATA BDAT QUIT AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER STARTTLS STLS USER PASS APOP CAPA RETR STAT LIST UIDL NOOP RSET CAPABILITY AUTHENTICATE SELECT FETCH LOGOUT FROM BODY SIZE IMAP4REV1 XXXX'.split(
    ' ',
  ),
);
