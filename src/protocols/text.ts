/** Bytes of a latin1 string: what grammars are made of. */
export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The first line of a buffer without its CRLF (a bare LF ends a line too), or undefined if none is complete. */
export const firstLine = (buffer: Buffer, from = 0): { readonly text: string; readonly next: number } | undefined => {
  const end = buffer.indexOf(0x0a, from);
  if (end === -1) return undefined;
  const stop = end > from && buffer[end - 1] === 0x0d ? end - 1 : end;
  return { text: buffer.toString('latin1', from, stop), next: end + 1 };
};

/** Strict base64 to bytes; undefined if it is none. */
export const fromBase64 = (text: string): Buffer | undefined => {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
};

/** Base64 of a latin1 string. */
export const base64 = (text: string): string => latin1(text).toString('base64');

/** What stands between blanks, and where. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The words of a line, separated by spaces and tabs. */
export const wordsOf = (line: string): Word[] =>
  [...line.matchAll(/[^ \t]+/g)].map(({ 0: text, index }) => ({ text, start: index, end: index + text.length }));
