import { expect } from 'chai';
import { spy } from 'sinon';
import { finished } from '../../src/verdict/steps.js';
import { ValueIndex } from '../../src/verdict/value-index.js';
import { ValuePieces } from '../../src/verdict/value-pieces.js';

type Row = readonly [what: string, values: readonly string[], text: string, found: readonly string[]];

const textsAt = (text: string, places: readonly { readonly start: number; readonly end: number }[]): string[] =>
  places.map(({ start, end }) => `${String(start)} ${text.slice(start, end)}`);

describe('an index of values', () => {
  const nested = ['abcdefgh', 'abcdefghij', 'abcdefghijkl', 'abcdefghixyz'];
  const rows: readonly Row[] = [
    ['none', [], 'abcdefgh', []],
    ['an empty one', [''], 'abcdefgh', []],
    ['one at the end', ['fgh'], 'abcdefgh', ['5 fgh']],
    ['of those that begin with each other, the longest', nested, 'abcdefghijkl.', ['0 abcdefghijkl']],
    ['one that another begins with, before a later letter', nested, 'abcdefghijz', ['0 abcdefghij']],
    ['the beginning of two that are not there', nested, 'abcdefghiz', ['0 abcdefgh']],
    ['the beginning of one that is not there, behind one with another ending', nested, 'abcdefghz', ['0 abcdefgh']],
    ['less than any', nested, 'abcdefgi', []],
    ['another with the same beginning', ['abcdefghi'], 'abcdefghz', []],
    ['in capitals', ['hunter2'], 'HUNTER2', ['0 HUNTER2']],
    ['capitals in small letters', ['HUNTER2'], 'hunter2', ['0 hunter2']],
    ['in capitals beyond ASCII', ['p\u00e4sswort'], 'P\u00c4SSWORT', ['0 P\u00c4SSWORT']],
    ['behind a letter that grows in lower case', ['hunter2'], '\u0130 Hunter2', ['2 Hunter2']],
    ['overlapping, as one place', ['ana'], 'anana', ['0 anana']],
    ['next to each other', ['ana'], 'anaana', ['0 ana', '3 ana']],
    ['a short one among long ones', ['abcdefghij', 'xyz'], 'xyz', ['0 xyz']],
  ];
  for (const [what, values, text, found] of rows) {
    it(`finds ${what}`, () => {
      const index = new ValueIndex(values);
      expect(textsAt(text, finished(index.places(text)))).to.deep.equal(found);
      expect(index.isIn(text)).to.equal(found.length > 0);
    });
  }

  it('knows the length of the shortest', () => {
    expect(new ValueIndex([]).shortest).to.equal(0);
    expect(new ValueIndex(['hunter2', 'abc', '']).shortest).to.equal(3);
    expect(new ValueIndex(['a value of many letters']).shortest).to.equal(23);
  });

  it('compares few values at a place, however many begin alike', () => {
    const index = new ValueIndex(Array.from({ length: 2000 }, (_, count) => `password${String(count)}!`));
    const compared = spy(String.prototype, 'startsWith');
    try {
      expect(index.isIn('password9999?')).to.equal(false);
      expect(compared.callCount).to.be.below(5);
    } finally {
      compared.restore();
    }
  });
});

describe('pieces of values', () => {
  const rows: readonly Row[] = [
    ['none of a value that is too short', ['1234567'], '1234567', []],
    ['a value of eight characters', ['hunter22'], 'HUNTER22', ['0 HUNTER22']],
    ['pieces that overlap as one', ['hunter2222'], '-unter2222-', ['1 unter2222']],
    ['pieces that touch as one', ['hunter2222'], 'hunter22hunter22', ['0 hunter22hunter22']],
    ['pieces apart', ['hunter2222'], 'hunter22-nter2222', ['0 hunter22', '9 nter2222']],
    ['a piece at the end', ['correct horse'], 'ct horse', ['0 ct horse']],
    ['none of a word that is said of logins', ['password'], 'password', []],
    ['what is not such a word', ['passwort'], 'passwort', ['0 passwort']],
    ['a value decoded as UTF-8', ['p\xc3\xa4sswort'], 'p\u00e4sswort', ['0 p\u00e4sswort']],
    ['none of a value of several parts', ['\0bob\0hunter2secret'], 'hunter2secret', []],
    ['none of a token with its frame', ['user=bobauth=Bearer hunter2secret'], 'hunter2secret', []],
    ['a value of 512 characters', ['y'.repeat(504) + 'hunter22'], 'hunter22', ['0 hunter22']],
    ['none of a longer one', ['y'.repeat(505) + 'hunter22'], 'hunter22', []],
    ['none in a text that grows in lower case', ['hunter22'], '\u0130 hunter22', []],
  ];
  const MANY = Array.from({ length: 150 }, (_, value) =>
    Array.from({ length: 64 }, (_none, at) => (1e7 + value * 64 + at).toString()).join(''),
  );

  it('finds a piece of the last of 150 long values', () => {
    const pieces = new ValuePieces([...MANY, 'hunter22']);
    expect(textsAt('hunter22', pieces.places('hunter22'))).to.deep.equal(['0 hunter22']);
  });

  for (const [what, values, text, found] of rows) {
    it(`finds ${what}`, () => {
      const pieces = new ValuePieces(values);
      expect(textsAt(text, pieces.places(text))).to.deep.equal(found);
      expect(pieces.isIn(text)).to.equal(found.length > 0);
    });
  }
});
