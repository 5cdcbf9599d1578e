import type { AlteredWords, Alteration } from './altered-words.js';
import { fromBase32 } from './base32.js';
import { DIGEST_BYTES } from './password-digests.js';

/** How a needle was written that was found by decoding. */
export type Coding =
  | Alteration
  | 'base32'
  | 'base64'
  | 'digest'
  | 'entities'
  | 'escapes'
  | 'hex'
  | 'percent'
  | 'quoted-printable'
  | 'utf-16';

/** What is looked for. */
export interface Wanted {
  readonly needles: readonly string[];
  /** The secret of which this, in small hexadecimal letters, is a digest. */
  readonly ofDigest: (hex: string) => string | undefined;
  readonly altered: () => AlteredWords;
}

/** A needle that was found by decoding. */
interface Decoded {
  readonly needle: string;
  readonly form: Coding;
}

/** The needles that stand in a text (latin1) in one of the codings. */
export const decodedNeedles = (text: string, { needles, ofDigest, altered }: Wanted): Decoded[] => {
  const found = new Map<string, Coding>();
  const look = (form: Coding, decoded: string): void => {
    for (const needle of needles) if (!found.has(needle) && decoded.includes(needle)) found.set(needle, form);
  };
  const lookForDigests = (where: string): void => {
    for (const [run] of where.matchAll(DIGEST_RUN)) {
      const needle = DIGEST_BYTES.has(run.length / 2) ? ofDigest(run.toLowerCase()) : undefined;
      if (needle !== undefined && !found.has(needle)) found.set(needle, 'digest');
    }
  };
  for (const [run] of text.matchAll(RUN)) {
    const letters = run.replace(/[\r\n=]/g, '');
    for (let skip = 0; skip < 4; skip++) {
      // A secret that ends the run may end in a group of two or three letters, whose padding is gone.
      const decoded = Buffer.from(letters.slice(skip), 'base64').toString('latin1');
      look('base64', decoded);
      lookForDigests(decoded);
      if (skip === 0 && DIGEST_BYTES.has(decoded.length))
        lookForDigests(Buffer.from(letters, 'base64').toString('hex'));
      // What is wrapped twice begins a group of its own inside.
      for (const [inner] of decoded.matchAll(LETTERS))
        for (let at = 0; at < 4; at++) look('base64', Buffer.from(inner.slice(at), 'base64').toString('latin1'));
      if (decoded.includes('\0')) look('base64', decoded.replaceAll('\0', ''));
    }
  }
  for (const [run] of text.matchAll(HEX_RUN))
    for (const skip of [0, 1]) look('hex', Buffer.from(run.slice(skip), 'hex').toString('latin1'));
  for (const [run] of text.length < SHORTEST_PAIRS ? [] : text.matchAll(PAIRS_RUN))
    look('hex', Buffer.from(run.replace(/[^0-9A-Fa-f]/g, ''), 'hex').toString('latin1'));
  for (const [run] of text.matchAll(PERCENT_RUN)) {
    const codes = /%([0-9A-Fa-f]{2})/g;
    const decoded = run.replace(codes, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
    // A needle that stands there literally was found without decoding.
    if (decoded !== run) look('percent', withoutNeedles(decoded, needles, run));
  }
  for (const [run] of text.matchAll(QUOTED_RUN)) {
    const codes = /=(?:([0-9A-Fa-f]{2})|\r?\n)/g;
    // RFC 2045 §6.7; a line end that an equals sign precedes is none.
    const decoded = run.replace(codes, (_, code?: string) =>
      code === undefined ? '' : String.fromCharCode(Number.parseInt(code, 16)),
    );
    if (decoded !== run) look('quoted-printable', withoutNeedles(decoded, needles, run));
  }
  for (const [run] of text.matchAll(UTF_16_RUN)) look('utf-16', run.replaceAll('\0', ''));
  lookForDigests(text);
  for (const [run] of text.matchAll(BASE32_RUN))
    for (let at = 0; at < 8; at++) look('base32', fromBase32(run.slice(at)));
  if (text.includes('&#')) look('entities', withoutNeedles(withEntities(text), needles, text));
  if (/[\\%]u|\\x/.test(text)) look('escapes', withoutNeedles(withEscapes(text), needles, text));
  for (const { needle, form } of altered().in(text)) if (!found.has(needle)) found.set(needle, form);
  return [...found].map(([needle, form]) => ({ needle, form }));
};

/** Characters that HTML or XML names by number. */
const withEntities = (text: string): string =>
  text.replace(/&#(?:(\d{1,7})|[xX]([0-9A-Fa-f]{1,6}));?/g, (_, decimal?: string, hex?: string) =>
    characterOf(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)),
  );

/** Characters that JSON or a programming language names by number. */
const withEscapes = (text: string): string =>
  text.replace(
    /(?:[\\%]u([0-9A-Fa-f]{4})|\\u\{([0-9A-Fa-f]{1,6})\}|\\x([0-9A-Fa-f]{2}))/g,
    (_, four?: string, braced?: string, two?: string) => characterOf(Number.parseInt(four ?? braced ?? two ?? '', 16)),
  );

/** Needles have no other characters than those of latin1. */
const characterOf = (code: number): string => String.fromCharCode(code > 0xff ? 0x3f : code);

/** `decoded` without the needles that `raw` holds as they are. */
const withoutNeedles = (decoded: string, needles: readonly string[], raw: string): string =>
  needles.filter((needle) => raw.includes(needle)).reduce((text, needle) => text.replaceAll(needle, ' '), decoded);

/** A maximal run of base64 letters, folded or not; shorter ones can’t hold a canary or a digest. */
const RUN = /[A-Za-z0-9+/](?:[A-Za-z0-9+/]|=?\r?\n(?=[A-Za-z0-9+/])){21,}={0,2}/g;
/** Letters that a digest of hexadecimal digits may be. */
const DIGEST_RUN = /[0-9A-Fa-f]{32,}/g;
/** Letters of base32 that can hold a canary; all are capitals, or none. */
const BASE32_RUN = /[A-Z2-7]{32,}|[a-z2-7]{32,}/g;
/** Twenty bytes in hexadecimal, or more. */
const HEX_RUN = /[0-9A-Fa-f]{40,}/g;
/** The same with a colon, space or dash between the bytes. */
const PAIRS_RUN = /[0-9A-Fa-f]{2}(?:[ :-][0-9A-Fa-f]{2}){19,}/g;
/** Characters of twenty such bytes. */
const SHORTEST_PAIRS = 59;
/** Base64 letters inside base64, enough for a canary. */
const LETTERS = /[A-Za-z0-9+/]{27,}/g;
/** Text that a URL may hold, long enough for a canary of which one letter is coded. */
const PERCENT_RUN = /[\w.~%+&=:;@/-]{22,}/g;
/** Text of visible characters, in lines that go on behind an equals sign, long enough for a canary. */
const QUOTED_RUN = /(?:=\r?\n|[!-~]){21,}/g;
/** ASCII text with a zero byte before or after each letter. */
const UTF_16_RUN = /(?:[!-~]\0){19,}[!-~]/g;
