import { expect } from 'chai';
import { holds } from './told-secrets.js';

const SECRET = 'qu5ow3eerqv9utkclkfe';
const base64 = (before: string, behind = ''): string => Buffer.from(`${before}${SECRET}${behind}`).toString('base64');

const ROWS: readonly (readonly [what: string, text: string, expected: boolean])[] = [
  ['the secret as it is', `C: a1 LOGIN user ${SECRET}`, true],
  ['the secret in capitals', `PASS ${SECRET.toUpperCase()}`, true],
  ['base64 of it alone', base64(''), true],
  ['base64 of PLAIN', base64('\0user\0'), true],
  ['base64 of PLAIN with another length of name', base64('\0users\0'), true],
  ['base64 of XOAUTH2', base64('user=me\x01auth=Bearer ', '\x01\x01'), true],
  ['hexadecimal', Buffer.from(SECRET).toString('hex').toUpperCase(), true],
  ['a URL with one letter coded', `imap://me:%71${SECRET.slice(1)}@host`, true],
  ['a masked quote', 'C: a1 LOGIN user …', false],
  ['another secret', base64('').toLowerCase(), false],
];

describe('secrets that a text holds', () => {
  for (const [what, text, expected] of ROWS)
    it(`${what}: ${expected ? 'found' : 'not found'}`, () => {
      expect(holds(text, SECRET)).to.equal(expected);
    });
});
