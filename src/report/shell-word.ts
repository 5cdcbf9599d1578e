/** A word of a command line as one would type it into a POSIX shell. */
export const shellWord = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A result’s reproduction as one types it: a command line for a POSIX shell, or a call of the library. */
export const reproduction = (words: readonly string[]): string =>
  CALLS.has(words[0] ?? '') ? words.join(' ') : words.map(shellWord).join(' ');

/** Of the library and of the control protocol; their second word is JSON. */
const CALLS: ReadonlySet<string> = new Set(['testClient', 'start']);
