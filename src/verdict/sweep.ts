import { fromBase64 } from '../protocols/text.js';

/** Places in a text where one of the values stands, as it is, in hexadecimal, percent-coded, in UTF-16 or inside base64. */
export const placesOf = (
  values: readonly string[],
  text: string,
): { readonly start: number; readonly end: number }[] => {
  const wanted = values.filter(isDistinctive);
  if (wanted.length === 0) return [];
  // Servers and parsers change the case of what they take for a verb.
  const lower = text.toLowerCase();
  const places = wanted.flatMap(written).flatMap((value) => literalPlaces(value, text, lower));
  // Three bytes are four letters: most words of a message are too short to hold any value.
  const fewest = Math.ceil((Math.min(...wanted.map(({ length }) => length)) * 4) / 3);
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (run.length < fewest) continue;
    const letters = run.replace(/[\r\n=]/g, '');
    const holds = [0, 1, 2, 3].some((skip) => {
      const decoded = fromBase64(padded(letters.slice(skip)))?.toString('latin1') ?? '';
      return wanted.some((value) => decoded.includes(value));
    });
    if (holds) places.push({ start: index, end: index + run.length });
  }
  return places;
};

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
    const padding = /={0,2}$/.exec(text.slice(Math.max(0, start, to - 2), to))?.[0].length ?? 0;
    parts.push(text.slice(at, from));
    parts.push(text.slice(from, Math.max(from, to - padding)).replace(/[^\r\n]/g, FILLER));
    parts.push(text.slice(Math.max(from, to - padding), to));
    at = to;
  }
  return [...parts, text.slice(at)].join('');
};

/** Words of the protocols would be found everywhere, and tell nothing. */
const isDistinctive = (value: string): boolean => value.length >= SHORTEST && !WORDS.has(value.toUpperCase());

/** A value in the ways in which it can be written: as it is, in hexadecimal, percent-coded, in UTF-16 of either order. */
const written = (value: string): string[] => [
  ...new Set([
    value,
    Buffer.from(value, 'latin1').toString('hex'),
    value.replace(/[^\w.~-]/g, percentCoded),
    value.replace(/[^]/g, percentCoded),
    value.replace(/[^](?=[^])/g, '$&\0'),
  ]),
];

const percentCoded = (letter: string): string => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;

const literalPlaces = (value: string, text: string, lower: string): { start: number; end: number }[] => {
  const needle = value.toLowerCase();
  // A few letters have another length in lower case.
  return needle.length === value.length && lower.length === text.length
    ? occurrences(needle, lower)
    : occurrences(value, text);
};

const occurrences = (needle: string, text: string): { start: number; end: number }[] => {
  const places: { start: number; end: number }[] = [];
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1))
    places.push({ start: at, end: at + needle.length });
  return places;
};

const padded = (letters: string): string => {
  const whole = letters.length % 4 === 1 ? letters.slice(0, -1) : letters;
  return whole + '='.repeat((4 - (whole.length % 4)) % 4);
};

/** A run of base64 letters; folded only as MIME does it, for a short line before it is a command. */
const RUN = /(?:[A-Za-z0-9+/]{60,76}\r?\n)*[A-Za-z0-9+/]{4,}={0,2}/g;
const FILLER = 'x';
/** Characters; shorter values stand everywhere. */
const SHORTEST = 4;
const WORDS: ReadonlySet<string> = new Set(
  'EHLO HELO LHLO MAIL RCPT DATA BDAT QUIT AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER STARTTLS STLS USER PASS APOP CAPA RETR STAT LIST UIDL NOOP RSET CAPABILITY AUTHENTICATE SELECT FETCH LOGOUT FROM BODY SIZE IMAP4REV1 XXXX'.split(
    ' ',
  ),
);
