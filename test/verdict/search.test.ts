import { expect } from 'chai';
import { StreamSearch, type Found } from '../../src/verdict/search.js';

const CANARY = 'mhe1d2bik8bg234mqimu';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const pieces = (text: string, size: number): Buffer[] => Array.from({ length: Math.ceil(text.length / size) }, (_, index) => Buffer.from(text.slice(index * size, (index + 1) * size)));

const found = (chunks: readonly Buffer[]): Found[] => {
  const search = new StreamSearch([CANARY]);
  return [...chunks.flatMap((chunk) => search.push(chunk)), ...search.end()];
};

describe('the search for canaries', () => {
  const rows: { what: string; said: string; form?: Found['form'] }[] = [
    { what: 'LOGIN as atoms', said: `a1 LOGIN user ${CANARY}\r\n`, form: 'literal' },
    { what: 'AUTH PLAIN', said: `AUTH PLAIN ${base64(`\0user\0${CANARY}`)}\r\n`, form: 'base64' },
    { what: 'AUTH LOGIN, whose last line is the password alone', said: `AUTH LOGIN\r\n${base64('hbbsbvju4trd6ix9x72i')}\r\n${base64(CANARY)}\r\n`, form: 'base64' },
    { what: 'folded base64', said: base64(`a long body before it, and then ${CANARY} and more after it`).replace(/(.{30})/g, '$1\r\n'), form: 'base64' },
    { what: 'another word', said: `a1 LOGIN user ${CANARY.replace('b', 'c')}\r\n` },
  ];
  for (const { what, said, form } of rows) {
    for (const size of [1, 7, 4096]) {
      it(`${form === undefined ? 'finds nothing in' : 'finds it in'} ${what}, ${String(size)} bytes at a time`, () => {
        expect(found(pieces(said, size)).map((each) => each.form)).to.deep.equal(form === undefined ? [] : [form]);
      });
    }
  }

  it('finds it at every alignment, at the end of a run and in the middle of it', () => {
    for (let before = 0; before < 6; before++) {
      for (let after = 0; after < 6; after++) {
        const text = base64(`${'x'.repeat(before)}${CANARY}${'y'.repeat(after)}`);
        expect(found([Buffer.from(`${text}\r\n`)]), `${String(before)} before, ${String(after)} after`).to.have.length(1);
      }
    }
  });
});
