/**
 * The same value with the password overwritten by as many letters in every text of it: as it is, quoted, and as SASL PLAIN and LOGIN
 * write it. For what an audit keeps and tells.
 */
export const withoutPassword = <T>(value: T, account: { readonly user: string; readonly password: string }): T =>
  // The shape stays; only texts change.
  masked(value, spellingsOf(account)) as T;

const spellingsOf = ({ user, password }: { readonly user: string; readonly password: string }): string[] => {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64').replace(/=+$/, '');
  // Transcripts hold one character for each byte.
  const onTheWire = Buffer.from(password, 'utf8').toString('latin1');
  const plain = [password, onTheWire].flatMap((text) => [text, text.replace(/["\\]/g, '\\$&')]);
  return [
    ...new Set([...plain, base64(`\0${user}\0${password}`), base64(`${user}\0${user}\0${password}`), base64(password)]),
  ]
    .filter((text) => text !== '')
    .sort((a, b) => b.length - a.length);
};

const masked = (value: unknown, spellings: readonly string[]): unknown => {
  if (typeof value === 'string')
    return spellings.reduce((text, spelling) => text.replaceAll(spelling, 'x'.repeat(spelling.length)), value);
  if (Array.isArray(value)) return value.map((each: unknown) => masked(each, spellings));
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, masked(each, spellings)]));
};
