/** A list of names as a sentence has it: `SMTP, IMAP and LMTP`. */
export const inWords = (names: readonly string[], before: 'and' | 'or'): string => {
  const [last = ''] = names.slice(-1);
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${before} ${last}`;
};
