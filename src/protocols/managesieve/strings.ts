import { latin1 } from '../text.js';

/** One word of ManageSieve: a string (RFC 5804 §1.2), or whatever else stands between spaces. */
export interface SieveWord {
  readonly kind: 'quoted' | 'literal' | 'atom';
  /** The content within the buffer, without quotes and announcement; backslashes are still there. */
  readonly start: number;
  readonly end: number;
}

/** One line with all its literals; `end` is where its line end begins, `next` what follows it. */
export interface SieveLine {
  readonly words: readonly SieveWord[];
  readonly end: number;
  readonly next: number;
}

/**
 * Reads one line from `from` on. Literals may be `{n}` or `{n+}`; one of more than `longest` bytes is taken for an
 * atom. Undefined means more bytes are needed. Nothing is copied, so that an unfinished literal costs no work.
 */
export const readLine = (buffer: Buffer, from: number, longest: number): SieveLine | undefined => {
  const words: SieveWord[] = [];
  let eol = lineEnd(buffer, from);
  let at = from;
  while (eol !== undefined) {
    const byte = buffer[at];
    if (at >= eol.end) return { words, end: eol.end, next: eol.next };
    if (byte === SPACE || byte === TAB) at += 1;
    else if (byte === QUOTE) {
      const end = closingQuote(buffer, at + 1, eol.end);
      words.push({ kind: 'quoted', start: at + 1, end });
      at = Math.min(end + 1, eol.end);
    } else {
      const announced = byte === BRACE ? announcement(buffer, at, eol.end) : undefined;
      const opens = announced !== undefined && announced <= longest && words.length < MOST_WORDS;
      if (opens) {
        const start = eol.next;
        if (buffer.length < start + announced) return undefined;
        words.push({ kind: 'literal', start, end: start + announced });
        at = start + announced;
        eol = lineEnd(buffer, at);
      } else {
        const end = atomEnd(buffer, at, eol.end);
        words.push({ kind: 'atom', start: at, end });
        at = end;
      }
    }
  }
  return undefined;
};

/** What a word says, in latin1, with backslashes undone. */
export const textOf = (buffer: Buffer, word: SieveWord): string => {
  const text = buffer.toString('latin1', word.start, word.end);
  return word.kind === 'quoted' ? text.replace(/\\(.)/gs, '$1') : text;
};

/** A string for the wire: quoted where that is possible, else a literal (`{n+}` from clients, `{n}` from servers). */
export const stringOf = (text: string, literal: '{n+}' | '{n}' = '{n}'): string =>
  /[\r\n\0]/.test(text) || text.length > LONGEST_QUOTED
    ? `{${latin1(text).length}${literal === '{n+}' ? '+' : ''}}\r\n${text}`
    : `"${text.replace(/["\\]/g, '\\$&')}"`;

const lineEnd = (buffer: Buffer, from: number): { readonly end: number; readonly next: number } | undefined => {
  const lf = buffer.indexOf(LF, from);
  if (lf === -1) return undefined;
  return { end: lf > from && buffer[lf - 1] === CR ? lf - 1 : lf, next: lf + 1 };
};

const closingQuote = (buffer: Buffer, from: number, end: number): number => {
  for (let at = from; at < end; at += 1) {
    if (buffer[at] === BACKSLASH) at += 1;
    else if (buffer[at] === QUOTE) return at;
  }
  return end;
};

/** The size that `{n}` or `{n+}` at the end of a line announces. */
const announcement = (buffer: Buffer, from: number, end: number): number | undefined => {
  if (end - from > LONGEST_ANNOUNCEMENT) return undefined;
  const digits = /^\{(\d+)\+?\}$/.exec(buffer.toString('latin1', from, end))?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** Parentheses stand alone, and an announcement in them begins a word: `(TAG {16}` is three words. */
const atomEnd = (buffer: Buffer, from: number, end: number): number => {
  const first = buffer[from];
  if (first === OPEN || first === CLOSE) return from + 1;
  for (let at = from + 1; at < end; at += 1) if (ENDS_ATOM.has(buffer[at] ?? SPACE)) return at;
  return end;
};

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
const ENDS_ATOM: ReadonlySet<number> = new Set([SPACE, TAB, QUOTE, OPEN, CLOSE]);
const LONGEST_QUOTED = 1024;
const LONGEST_ANNOUNCEMENT = 24;
/** Further literals of one line are atoms: what is read again when bytes arrive stays small. */
const MOST_WORDS = 64;
