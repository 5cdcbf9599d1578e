import { expect } from 'chai';
import { overwritten, placesOf } from '../../src/verdict/sweep.js';

const SECRET = 'mhe1d2bik8bg234mqimu';
const SHORT = 'pa55';
const LONG = Array.from({ length: 250 }, (_, index) => String(1000 + index)).join('');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const folded = (text: string, end: string, length = 76): string =>
  text.replace(new RegExp(`.{${String(length)}}(?=.)`, 'g'), `$&${end}`);

const swept = (values: readonly string[], text: string): string => overwritten(text, placesOf(values).in(text));
const filled = (text: string): string => text.replace(/[A-Za-z0-9+/]/g, 'x');

describe('a sweep for values', () => {
  const long = base64(`${'a letter '.repeat(12)}${SECRET} and more`);
  const rows: { what: string; text: string; then: string; values?: readonly string[] }[] = [
    { what: 'as it is, twice', text: `${SECRET} ${SECRET}`, then: `${filled(SECRET)} ${filled(SECRET)}` },
    { what: 'that overlaps itself', text: 'abababa', values: ['ababa'], then: 'xxxxxxx' },
    { what: 'in capitals', text: `X ${SECRET.toUpperCase()}\r\n`, then: `X ${filled(SECRET)}\r\n` },
    // İ has two code units in lower case.
    { what: 'behind a letter that grows in lower case', text: `İİ ${SECRET}.`, then: `İİ ${filled(SECRET)}.` },
    { what: 'with a letter that grows in lower case', text: 'İstanbul', values: ['İstanbul'], then: 'xxxxxxxx' },
    { what: 'in base64 folded with CR LF', text: folded(long, '\r\n'), then: filled(folded(long, '\r\n')) },
    { what: 'in base64 folded with LF', text: folded(long, '\n'), then: filled(folded(long, '\n')) },
    ...[0, 1, 2, 3].map((before) => ({
      what: `in base64 behind ${String(before)} other letters`,
      text: 'abc'.slice(0, before) + base64(`${SECRET}.`),
      then: filled('abc'.slice(0, before) + base64(`${SECRET}.`)),
    })),
    ...[0, 1, 2, 3].map((after) => ({
      what: `in base64 before ${String(after)} other letters`,
      text: base64(`${SECRET}.`).replace(/=+$/, '') + 'abc'.slice(0, after),
      then: filled(base64(`${SECRET}.`).replace(/=+$/, '') + 'abc'.slice(0, after)),
    })),
    { what: 'in base64 folded at 60 letters', text: folded(long, '\n', 60), then: filled(folded(long, '\n', 60)) },
    { what: 'in base64 without padding', text: 'cGE1NQ', values: [SHORT], then: 'xxxxxx' },
    { what: 'in base64, shorter than another', text: base64(SHORT), values: [SECRET, SHORT], then: 'xxxxxx==' },
    {
      what: 'in UTF-16 inside base64',
      text: Buffer.from(SECRET, 'utf16le').toString('base64'),
      then: filled(Buffer.from(SECRET, 'utf16le').toString('base64')),
    },
    { what: 'that is a word of the protocols in small letters', text: 'ehlo x', values: ['ehlo'], then: 'ehlo x' },
    { what: 'of three characters in base64', text: base64('pa5'), values: ['pa5'], then: base64('pa5') },
    { what: 'of four letters in base64', text: base64(SHORT), values: [SHORT], then: 'xxxxxx==' },
    { what: 'that is a word of the protocols', text: 'EHLO x', values: ['EHLO'], then: 'EHLO x' },
    {
      what: 'of a thousand letters',
      text: `x ${LONG} y ${LONG.slice(1)} z`,
      values: [LONG],
      then: `x ${filled(LONG)} y ${LONG.slice(1, 32)}${filled(LONG.slice(32))} z`,
    },
    {
      what: 'of a thousand letters, of which a part is there',
      text: `x ${LONG.slice(64, 96)} z`,
      values: [LONG],
      then: `x ${filled(LONG.slice(64, 96))} z`,
    },
    // A bare line of a stranger is a value too: it is not compared whole at each place.
    {
      what: 'of three hundred thousand equal letters',
      text: 'k'.repeat(300_000),
      values: ['k'.repeat(300_000)],
      then: 'x'.repeat(300_000),
    },
    { what: 'of which nothing is there', text: 'a1 NOOP', then: 'a1 NOOP' },
  ];
  for (const { what, text, then, values = [SECRET] } of rows) {
    it(`a value ${what}`, () => {
      expect(swept(values, text)).to.equal(then);
    });
  }
});

describe('a sweep for pieces', () => {
  const hex = Buffer.from('horse ba').toString('hex');
  const rows: readonly (readonly [what: string, text: string, then: string])[] = [
    ['eight bytes in hexadecimal', hex, filled(hex)],
    ['seven bytes in hexadecimal', hex.slice(2), hex.slice(2)],
    ['behind an odd number of hexadecimal digits', `f${hex}`, filled(`f${hex}`)],
    ['behind an even number of them', `ff${hex.toUpperCase()}`, filled(`ff${hex}`)],
    ['in base64', base64('horse ba'), filled(base64('horse ba'))],
  ];
  for (const [what, text, then] of rows) {
    it(what, () => {
      const secret = 'correct horse battery';
      expect(overwritten(text, placesOf([secret], { pieces: [secret] }).in(text))).to.equal(then);
    });
  }
});

describe('overwriting', () => {
  const rows: { what: string; text?: string; places: [number, number][]; then: string }[] = [
    {
      what: 'two places',
      places: [
        [4, 6],
        [0, 2],
      ],
      then: 'xx23xx67',
    },
    {
      what: 'two places that overlap',
      places: [
        [0, 4],
        [2, 6],
      ],
      then: 'xxxxxx67',
    },
    {
      what: 'a place inside another',
      places: [
        [0, 6],
        [2, 4],
      ],
      then: 'xxxxxx67',
    },
    {
      what: 'two places that begin together',
      places: [
        [0, 2],
        [0, 4],
      ],
      then: 'xxxx4567',
    },
    { what: 'a place beyond the end', places: [[6, 12]], then: '012345xx' },
    { what: 'a place of which the padding stays', text: 'abc=.', places: [[0, 4]], then: 'xxx=.' },
    {
      what: 'two places that begin together, of which the shorter ends in padding',
      text: 'ab==cd',
      places: [
        [0, 4],
        [0, 6],
      ],
      then: 'xxxxxx',
    },
    { what: 'a place beyond the end, which is padding', text: 'ab==', places: [[0, 9]], then: 'xx==' },
    { what: 'a place of nothing but padding, at the beginning', text: '=ab', places: [[0, 1]], then: '=ab' },
    {
      what: 'two places that overlap in padding',
      text: 'abcd==',
      places: [
        [0, 5],
        [3, 6],
      ],
      then: 'xxxx==',
    },
    { what: 'a place with a line end', text: 'ab\r\ncd', places: [[0, 6]], then: 'xx\r\nxx' },
    { what: 'no place', places: [], then: '01234567' },
  ];
  for (const { what, text = '01234567', places, then } of rows) {
    it(what, () => {
      expect(
        overwritten(
          text,
          places.map(([start, end]) => ({ start, end })),
        ),
      ).to.equal(then);
    });
  }
});
