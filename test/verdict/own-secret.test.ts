import { expect } from 'chai';
import { holdsOnlyCanaries, valuesIn, valuesInUnfinished } from '../../src/verdict/own-secret.js';
import { overwritten, placesOf } from '../../src/verdict/sweep.js';
import { canaries } from './visits.js';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const { password, token, user } = canaries;

describe('whether a credential is the visit’s own', () => {
  const rows: readonly (readonly [value: string, own: boolean])[] = [
    [password, true],
    [token, true],
    [user, true],
    [`"${password}"`, true],
    [`${password}\r\n`, true],
    ['', true],
    ['*', true],
    ['=', true],
    [base64(password), true],
    [base64(`\0${user}\0${password}`), true],
    [base64(`${user}\0${user}\0${password}`), true],
    [`"${base64(`\0${user}\0${password}`)}"`, true],
    [base64(`user=${user}\x01auth=Bearer ${token}\x01\x01`), true],
    ['hunter2secret', false],
    [`"hunter2secret"`, false],
    [`${password}x`, false],
    [base64('hunter2secret'), false],
    [base64('\0bob\0hunter2secret'), false],
    [base64(`\0${password}\0hunter2secret`), false],
    [base64(`\0bob\0`), false],
    [base64(`bob\0${password}`), false],
    [base64(`\0bob\0${password}\0x`), false],
    [base64(`user=${user}\x01auth=Bearer hunter2secret\x01\x01`), false],
  ];
  for (const [value, own] of rows) {
    it(`${JSON.stringify(value)}: ${own ? 'its own' : 'somebody’s'}`, () => {
      expect(holdsOnlyCanaries(value, canaries)).to.equal(own);
    });
  }
});

describe('the secrets in a credential', () => {
  const rows: readonly (readonly [value: string, holds: readonly string[]])[] = [
    ['hunter2secret', ['hunter2secret']],
    ['"hunter2secret"', ['"hunter2secret"', 'hunter2secret']],
    ['"a \\"b\\" \\\\c"', ['a "b" \\c']],
    [base64('\0bob\0hunter2secret'), ['hunter2secret']],
    [base64('user=bob\x01auth=Bearer hunter2secret\x01\x01'), ['hunter2secret']],
    [base64('user=bob\x01auth=Bearer hunter2secret'), ['hunter2secret']],
    [base64('hunter2secret'), ['hunter2secret']],
  ];
  for (const [value, holds] of rows) {
    it(JSON.stringify(value), () => {
      expect(valuesIn(value)).to.include.members([...holds]);
    });
  }

  const all: readonly (readonly [value: string, holds: readonly string[]])[] = [
    [' "a\\"b c" ', [' "a\\"b c" ', '"a\\"b c"', '"a"b c"']],
    ['"a\\"b c"', ['"a\\"b c"', 'a\\"b c', 'a"b c']],
    ['a "quoted" word', ['a "quoted" word']],
    ['"half quoted', ['"half quoted']],
    [base64('bobby'), [base64('bobby'), 'bobby']],
    [
      base64('user=b\x01auth=Bearer t0ken\x01\x01'),
      [base64('user=b\x01auth=Bearer t0ken\x01\x01'), 'user=b\x01auth=Bearer t0ken\x01\x01', 't0ken'],
    ],
    [base64('a\0bob\0hunter2'), [base64('a\0bob\0hunter2'), 'a\0bob\0hunter2', 'hunter2']],
  ];
  for (const [value, holds] of all)
    it(`${JSON.stringify(value)}: nothing else`, () => {
      expect(valuesIn(value)).to.deep.equal(holds);
    });

  it('the user name of a SASL message is none', () => {
    expect(valuesIn(base64('\0bobbobbob\0hunter2secret'))).to.not.include('bobbobbob');
  });

  it('what is no SASL message has no parts', () => {
    expect(valuesIn(base64('bobbobbob\0hunter2secret'))).to.not.include('hunter2secret');
  });

  it('any word of an unfinished command may be one', () => {
    expect(valuesInUnfinished('bob "hunter2 secret')).to.include.members(['bob', '"hunter2 secret']);
    expect(valuesInUnfinished('"bob" "hunter2 secret"')).to.include.members(['bob', 'hunter2 secret']);
    expect(valuesInUnfinished('bob hunter2 secret')).to.include('hunter2 secret');
    expect(valuesInUnfinished('bob hunter2secret')).to.include.members(['bob', 'hunter2secret', 'bob hunter2secret']);
  });
});

describe('places of secrets in text', () => {
  const found = (values: readonly string[], text: string): string => overwritten(text, placesOf(values).in(text));
  const rows: readonly (readonly [what: string, values: readonly string[], text: string, masked: string])[] = [
    ['as it stands', ['hunter2secret'], 'PASS hunter2secret!', 'PASS xxxxxxxxxxxxx!'],
    ['in another case', ['hunter2secret'], 'said HUNTER2SECRET', 'said xxxxxxxxxxxxx'],
    ['twice', ['hunter2'], 'hunter2 hunter2', 'xxxxxxx xxxxxxx'],
    ['overlapping itself', ['anana'], 'ananana', 'xxxxxxx'],
    ['two of them', ['hunter2', 'secret'], 'hunter2-secret', 'xxxxxxx-xxxxxx'],
    ['over a line end', ['hunter2\r\nsecret'], 'hunter2\r\nsecret', 'xxxxxxx\r\nxxxxxx'],
    ['quoted', ['a"b\\c d'], String.raw`LOGIN bob "a\"b\\c d"`, 'LOGIN bob "xxxxxxxxx"'],
    ['quoted for a shell', ["it's secret"], String.raw`pass 'it'\''s secret'`, "pass 'xxxxxxxxxxxxxx'"],
    ['quoted for XML', ['a<b&"c'], '<p>a&lt;b&amp;&quot;c</p>', '<p>xxxxxxxxxxxxxxxxxx</p>'],
    ['escaped for JSON', ['a\tbcd'], String.raw`"a\tbcd"`, '"xxxxxx"'],
    ['decoded as UTF-8', ['p\xc3\xa4sswort'], 'login with p\u00e4sswort', 'login with xxxxxxxx'],
    ['in hexadecimal', ['hunter2'], 'NOOP 68756E74657232', 'NOOP xxxxxxxxxxxxxx'],
    ['percent-coded', ['a b/c'], 'x?p=a%20b%2fc&q a+b%2Fc %61%20%62%2f%63', 'x?p=xxxxxxxxx&q xxxxxxx xxxxxxxxxxxxxxx'],
    ['in UTF-16', ['hunter2'], 'h\0u\0n\0t\0e\0r\x002\0', 'xxxxxxxxxxxxx\0'],
    [
      'in URL-safe base64',
      ['??>>secret'],
      `login ${Buffer.from('\0bob\0??>>secret').toString('base64url')}`,
      `login ${'x'.repeat(20)}`,
    ],
    [
      'that begins with another',
      ['hunter2', 'hunter2secret', 'hunt'],
      'hunter2secre hunter2secret hunt',
      'xxxxxxxsecre xxxxxxxxxxxxx xxxx',
    ],
    ['in base64, padding kept', ['hunter2secret'], `AUTH ${base64('hunter2secret')}`, `AUTH ${'x'.repeat(18)}==`],
    ['inside base64', ['hunter2secret'], base64('a hunter2secret b c'), `${'x'.repeat(26)}==`],
    ['in base64 without padding, as short as can be', ['abcd'], 'YWJjZA', 'xxxxxx'],
    ['in base64 that begins elsewhere', ['hunter2secret'], `A${base64('hunter2secret!!')}`, 'x'.repeat(21)],
    ['shorter than four letters', ['abc'], 'abc abc', 'abc abc'],
    ['four letters', ['abcd'], 'abcd', 'xxxx'],
    ['a word of the protocols', ['LOGIN'], 'a1 LOGIN', 'a1 LOGIN'],
    ['a word of the protocols in small letters', ['login'], 'a1 LOGIN', 'a1 LOGIN'],
    [
      'something else',
      ['hunter2secret'],
      `PASS hunter3secret ${base64('hunter3secret')}`,
      `PASS hunter3secret ${base64('hunter3secret')}`,
    ],
    ['with letters whose case changes their length', ['stra\u0130e1'], 'to stra\u0130e1', 'to xxxxxxx'],
  ];
  it('in pieces of eight, also inside base64 and hexadecimal', () => {
    const secret = 'correct horse battery';
    const pieces = (text: string): string => overwritten(text, placesOf([secret], { pieces: [secret] }).in(text));
    expect(pieces('no rect horse ba here, rect ho neither')).to.equal('no xxxxxxxxxxxxx here, rect ho neither');
    expect(pieces(`tag ${base64('rect horse bat')} BAD`)).to.equal(`tag ${'x'.repeat(19)}= BAD`);
    expect(pieces(`tag ${Buffer.from('rect horse').toString('hex')} BAD`)).to.equal(`tag ${'x'.repeat(20)} BAD`);
  });

  for (const [what, values, text, masked] of rows) {
    it(what, () => {
      expect(found(values, text)).to.equal(masked);
    });
  }
});
