/** A word of a command line as one would type it into a POSIX shell. */
export const shellWord = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
