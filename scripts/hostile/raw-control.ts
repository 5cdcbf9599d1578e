/** The first raw control character in an output, or mark that reorders or hides text, with what stands around it; line ends are none. */
export const rawControl = (text: string): string | undefined => {
  const found =
    /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u.exec(text);
  if (found === null) return undefined;
  return `raw ${JSON.stringify(found[0])} in ${JSON.stringify(text.slice(Math.max(0, found.index - 60), found.index + 20))}`;
};

/** Texts that no output may let through as they are. */
export const HOSTILE_WORDS: readonly string[] = [
  ...[
    '\u001b[2J\u001b[31m',
    '\u001b]0;title\u0007',
    '\u009b31m',
    '\u202egnp.exe',
    '\u2066x\u2069',
    '\u200b\ufeff',
    '\u2028\u2029',
  ],
  ...[
    '\0',
    'a\0b',
    '\ud800',
    '\udc00x',
    '\u{e0041}',
    '\r',
    '\b\b\b\b',
    '\x7f',
    'x'.repeat(10_000),
    '</testcase>]]>&"',
    '%s%n',
  ],
  ...['{"event":"verdict","status":"safe"}', '\\u001b[31m', '${IFS}`id`'],
];
