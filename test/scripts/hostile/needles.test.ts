import { expect } from 'chai';
import { SecretSearch } from '../../../scripts/hostile/secrets/needles.js';
import { PIECE, Windows } from '../../../scripts/hostile/secrets/windows.js';

const PASSWORD = 'q7w"e3r\\t5ß☃y9u2';
const search = (): SecretSearch => {
  const made = new SecretSearch('MAIL FROM');
  // Many more, so that what is looked up is not nearly empty.
  for (let index = 0; index < 500; index += 1)
    made.add({ name: 'other', user: `user${String(index)}`, password: `other${String(index * 7919)}secret` });
  made.add({ name: 'planted', user: 'bob', password: PASSWORD });
  return made;
};

const FORMS: readonly (readonly [name: string, shown: (piece: string) => string])[] = [
  ['as it is', (piece) => piece],
  ['in capitals', (piece) => piece.toUpperCase().replaceAll('SS', 'ß')],
  ['as JSON', (piece) => JSON.stringify(piece)],
  ['in hexadecimal', (piece) => Buffer.from(piece).toString('hex')],
  ['in hexadecimal after a digit', (piece) => `5${Buffer.from(piece).toString('hex')}`],
  ['percent-coded', encodeURIComponent],
  ['as markup', (piece) => piece.replaceAll('"', '&quot;').replaceAll('ß', '&#223;').replaceAll('☃', '&#x2603;')],
  ...['', 'u', 'us', 'use'].map(
    (before) =>
      [`in base64 after ${before}`, (piece: string) => Buffer.from(before + piece).toString('base64')] as const,
  ),
  ['in base64 of UTF-16', (piece) => Buffer.from(piece, 'utf16le').toString('base64')],
];

describe('the search for secrets of the hostile harness', () => {
  for (const [name, shown] of FORMS)
    it(`finds each piece of a planted password, ${name}, wherever it stands`, () => {
      const planted = search();
      // Base64 has to be long enough to be taken for it, and UTF-16 of what is above a byte is none that latin1 reads.
      const pieces = name.includes('UTF-16')
        ? ['q7w"e3r\\t5', '7w"e3r\\t5']
        : Array.from({ length: PASSWORD.length - PIECE - 1 }, (_, at) => PASSWORD.slice(at, at + PIECE + 2));
      for (const [index, piece] of pieces.entries()) {
        for (let before = 0; before < 11; before += 1) {
          const text = `${'. '.repeat(30)}${'.'.repeat(before)} ${shown(piece)} ${'. '.repeat(index)}`;
          expect(planted.found(text), text).to.include('planted');
        }
      }
    });

  it('finds nothing in pieces of seven, nor in what it was told are words', () => {
    const planted = search();
    expect(planted.found(`${PASSWORD.slice(0, 7)} ${PASSWORD.slice(5, 12).slice(0, 6)}`)).to.equal(undefined);
    planted.add({ name: 'a word', user: 'alice', password: 'MAIL FROM' });
    expect(planted.found('mail from')).to.equal(undefined);
    expect(planted.found('AUTH alice MAIL FROM')).to.include('the login with');
  });

  it('searches a text again once more is sought', () => {
    const planted = search();
    const text = 'nobody knows latecomer1 yet';
    expect(planted.found(text)).to.equal(undefined);
    planted.add({ name: 'late', user: 'eve', password: 'latecomer1' });
    expect(planted.found(text)).to.include('late');
    const digest = 'said 9e107d9d372bb6826bd81d3542a419d6';
    expect(planted.found(digest)).to.equal(undefined);
    planted.addDigest('9e107d9d372bb6826bd81d3542a419d6');
    expect(planted.found(digest)).to.include('the digest');
  });

  it('finds a string at every place of a text, also the first and the last', () => {
    const windows = new Windows();
    windows.add('abcdefgh', 'eight');
    windows.add('ijklmnopqr', 'ten');
    for (let before = 0; before < 20; before += 1)
      for (let after = 0; after < 8; after += 1) {
        const [left, right] = ['x'.repeat(before), 'y'.repeat(after)];
        expect(windows.in(`${left}abcdefgh${right}`)).to.deep.equal({ at: before, what: 'eight' });
        expect(windows.in(`${left}ijklmnopqr${right}`)).to.deep.equal({ at: before, what: 'ten' });
        expect(windows.in(`${left}bcdefghijklmnopq${right}`)).to.equal(undefined);
      }
  });
});
