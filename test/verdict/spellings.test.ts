import { expect } from 'chai';
import { spellingsOf } from '../../src/verdict/spellings.js';

describe('how a value may be written', () => {
  const rows: readonly (readonly [how: string, value: string, written: string])[] = [
    ['as it is', 'hunter2', 'hunter2'],
    ['decoded as UTF-8', 'p\xc3\xa4ss', 'p\u00e4ss'],
    ['in hexadecimal', 'hunter2', '68756e74657232'],
    ['in UTF-16', 'pa55', 'p\0a\x005\x005'],
    ['percent-coded whole', 'pa55', '%70%61%35%35'],
    ['quoted-printable whole', 'pa55', '=70=61=35=35'],
    ['in base32', 'foobar', 'MZXW6YTBOI'],
    ['in numbers of HTML', 'pa55', '&#112;&#97;&#53;&#53;'],
    ['in escapes of JSON', 'pa55', '\\u0070\\u0061\\u0035\\u0035'],
    ['reversed, if it is long', 'correct horse', 'esroh tcerroc'],
    ['with letters thirteen places away, if it is long', 'correct Horse', 'pbeerpg Ubefr'],
    // From md5sum.
    ['as its digest, if it is long', 'correct horse', '3cb4e732631f47e6eb961f34554b7cde'],
    ['percent-coded', 'a b/c~', 'a%20b%2fc~'],
    ['percent-coded, spaces as plus signs', 'a b/c', 'a+b%2fc'],
    ['in double quotes, control characters as they are', 'a"b\\c\td', 'a\\"b\\\\c\td'],
    ['in double quotes, decoded', '"\xc3\xa4\t', '\\"\u00e4\t'],
    ['in single quotes', `it's a "\\"`, `it\\'s a "\\\\"`],
    ['in single quotes for a shell', "it's", `it'\\''s`],
    ['in JSON', 'a\t"b', 'a\\t\\"b'],
    ['as logs show it', 'a\x01"b', 'a\\x01"b'],
    ['in XML', '<a href="b&c">', '&lt;a href=&quot;b&amp;c&quot;&gt;'],
    ['in XML, which leaves a bracket', '<a&b>c', '&lt;a&amp;b>c'],
    ['in HTML, with its apostrophe', "a'b&c", 'a&#39;b&amp;c'],
  ];
  for (const [how, value, written] of rows) {
    it(how, () => {
      expect(spellingsOf(value)).to.include(written);
    });
  }

  it('no reversed words of protocols', () => {
    expect(spellingsOf('NIALP')).not.to.include('PLAIN');
  });

  it('no spelling twice', () => {
    const spellings = spellingsOf('hunter2');
    expect(new Set(spellings).size).to.equal(spellings.length);
  });
});
