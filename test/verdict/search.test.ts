import { hash } from 'node:crypto';
import { expect } from 'chai';
import { StreamSearch, type Found } from '../../src/verdict/search.js';

const CANARY = 'mhe1d2bik8bg234mqimu';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const codes = (text: string, before: string, base: number, after = ''): string =>
  [...Buffer.from(text)].map((byte) => `${before}${byte.toString(base)}${after}`).join('');
/** Made with coreutils' base32, of the canary behind none to four letters. */
const BASE32 = [
  'NVUGKMLEGJRGS2ZYMJTTEMZUNVYWS3LV',
  'PBWWQZJRMQZGE2LLHBRGOMRTGRWXC2LNOU======',
  'PB4G22DFGFSDEYTJNM4GEZZSGM2G24LJNV2Q====',
  'PB4HQ3LIMUYWIMTCNFVTQYTHGIZTI3LRNFWXK===',
  'PB4HQ6DNNBSTCZBSMJUWWODCM4ZDGNDNOFUW25I=',
];
const percent = (text: string): string => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join('');
const pieces = (text: string, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    Buffer.from(text.slice(index * size, (index + 1) * size)),
  );

const found = (chunks: readonly Buffer[]): Found[] => {
  const search = new StreamSearch([CANARY], [CANARY]);
  return [...chunks.flatMap((chunk) => search.push(chunk)), ...search.end()];
};

describe('the search for canaries', () => {
  const rows: { what: string; said: string; form?: Found['form'] }[] = [
    { what: 'LOGIN as atoms', said: `a1 LOGIN user ${CANARY}\r\n`, form: 'literal' },
    { what: 'AUTH PLAIN', said: `AUTH PLAIN ${base64(`\0user\0${CANARY}`)}\r\n`, form: 'base64' },
    {
      what: 'AUTH LOGIN, whose last line is the password alone',
      said: `AUTH LOGIN\r\n${base64('hbbsbvju4trd6ix9x72i')}\r\n${base64(CANARY)}\r\n`,
      form: 'base64',
    },
    {
      what: 'folded base64',
      said: base64(`a long body before it, and then ${CANARY} and more after it`).replace(/(.{30})/g, '$1\r\n'),
      form: 'base64',
    },
    { what: 'base64 behind a short line and a letter', said: `ab\r\nc${base64(CANARY)}\r\n`, form: 'base64' },
    { what: 'hexadecimal', said: `NOOP ${Buffer.from(CANARY).toString('hex')}\r\n`, form: 'hex' },
    {
      what: 'hexadecimal in capitals',
      said: `X a${Buffer.from(CANARY).toString('hex').toUpperCase()}\r\n`,
      form: 'hex',
    },
    ...[':', ' ', '-'].map((sign) => ({
      what: `hexadecimal with “${sign}” between the bytes`,
      said: `X ${Buffer.from(CANARY)
        .toString('hex')
        .replace(/..(?=.)/g, `$&${sign}`)}\r\n`,
      form: 'hex' as const,
    })),
    { what: 'base64 of base64', said: `X ${base64(base64(CANARY))}\r\n`, form: 'base64' },
    {
      what: 'base64 of a login in base64',
      said: `X ${base64(`AUTH PLAIN ${base64(`\0u\0${CANARY}`)}`)}\r\n`,
      form: 'base64',
    },
    { what: 'percent-coded text', said: `X u=1&p=${percent(CANARY)}\r\n`, form: 'percent' },
    { what: 'text of which one letter is percent-coded', said: `X ${CANARY.replace('b', '%62')}\r\n`, form: 'percent' },
    { what: 'quoted-printable text', said: `X ${percent(CANARY).replaceAll('%', '=')}\r\n`, form: 'quoted-printable' },
    {
      what: 'a line that quoted-printable folds',
      said: `X ${CANARY.replace('b', '=\r\nb')}\r\n`,
      form: 'quoted-printable',
    },
    { what: 'UTF-16, little endian', said: Buffer.from(CANARY, 'utf16le').toString('latin1'), form: 'utf-16' },
    { what: 'UTF-16, big endian', said: Buffer.from(CANARY, 'utf16le').swap16().toString('latin1'), form: 'utf-16' },
    {
      what: 'UTF-16 in base64, as NTLM has names',
      said: `${Buffer.from(`NTLMSSP\0${CANARY}`, 'utf16le').toString('base64')}\r\n`,
      form: 'base64',
    },
    { what: 'a word beside percent-coded text', said: `X ${CANARY}%20and%20more\r\n`, form: 'literal' },
    ...BASE32.flatMap((text, before) => [
      { what: `base32 of ${String(before)} letters and a secret`, said: `X ${text}\r\n`, form: 'base32' as const },
      {
        what: `the same of ${String(before)} in small letters`,
        said: `X k=${text.toLowerCase()}`,
        form: 'base32' as const,
      },
    ]),
    { what: 'capitals', said: `X ${CANARY.toUpperCase()}\r\n`, form: 'capitals' },
    { what: 'a word that begins in capitals', said: `X ${CANARY.replace('m', 'M')}\r\n`, form: 'capitals' },
    { what: 'letters thirteen places away', said: 'EHLO zur1q2ovx8ot234zdvzh.lab.test\r\n', form: 'rot13' },
    { what: 'reversed letters', said: 'EHLO umiqm432gb8kib2d1ehm.lab.test\r\n', form: 'reversed' },
    { what: 'numbers of HTML', said: `X ${codes(CANARY, '&#', 10, ';')}\r\n`, form: 'entities' },
    { what: 'hexadecimal numbers of HTML', said: `X ${codes(CANARY, '&#x', 16, ';')}\r\n`, form: 'entities' },
    { what: 'text with one number of HTML', said: `X ${CANARY.replace('b', '&#98;')}\r\n`, form: 'entities' },
    { what: 'escapes of JSON', said: `X "${codes(CANARY, '\\u00', 16)}"\r\n`, form: 'escapes' },
    { what: 'text with one escape of JSON', said: `X ${CANARY.replace('b', '\\u0062')}\r\n`, form: 'escapes' },
    { what: 'escapes of C', said: `X ${codes(CANARY, '\\x', 16)}\r\n`, form: 'escapes' },
    { what: 'escapes of JavaScript', said: `X ${codes(CANARY, '\\u{', 16, '}')}\r\n`, form: 'escapes' },
    { what: 'escapes of old URLs', said: `X ${codes(CANARY, '%u00', 16)}\r\n`, form: 'escapes' },
    ...['md5', 'sha1', 'sha256', 'sha512'].flatMap((algorithm) => {
      const digest = hash(algorithm, CANARY, 'hex');
      const bytes = hash(algorithm, CANARY, 'base64');
      return [
        { what: `its digest, ${algorithm}`, said: `PASS ${digest}\r\n`, form: 'digest' as const },
        { what: `its digest in capitals, ${algorithm}`, said: `PASS ${digest.toUpperCase()}`, form: 'digest' as const },
        { what: `its digest in base64, ${algorithm}`, said: `X {${algorithm}}${bytes}\r\n`, form: 'digest' as const },
        {
          what: `AUTH PLAIN with its digest, ${algorithm}`,
          said: `AUTH PLAIN ${base64(`\0user\0${digest}`)}\r\n`,
          form: 'digest' as const,
        },
      ];
    }),
    { what: 'the digest of another word', said: `PASS ${hash('md5', 'mhe1d2bik8bg234mqimv', 'hex')}\r\n` },
    { what: 'half of its digest', said: `PASS ${hash('sha256', CANARY, 'hex').slice(0, 32)}\r\n` },
    { what: 'base32 of another word', said: `X ${(BASE32[0] ?? '').replace('N', 'O')}\r\n` },
    { what: 'another word in capitals', said: `X ${CANARY.replace('b', 'c').toUpperCase()}\r\n` },
    { what: 'numbers of HTML of another word', said: `X ${codes(CANARY.replace('b', 'c'), '&#', 10, ';')}\r\n` },
    { what: 'escapes that stand for no letters', said: `X ${codes(CANARY, '\\u01', 16)}\r\n` },
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
        expect(found([Buffer.from(`${text}\r\n`)]), `${String(before)} before, ${String(after)} after`).to.have.length(
          1,
        );
      }
    }
  });

  const OTHER = 'q7k2mzy4u8w1b3n5v6x9';

  /** Every needle that is found, in order, when the text is cut at one place. */
  const foundOf = (text: string, at: number): string[] => {
    const search = new StreamSearch([CANARY, OTHER]);
    const bytes = Buffer.from(text);
    return [...search.push(bytes.subarray(0, at)), ...search.push(bytes.subarray(at)), ...search.end()].map(
      ({ needle }) => needle,
    );
  };

  for (const [what, text] of Object.entries({
    'LOGIN as atoms': `a1 LOGIN ${CANARY} ${OTHER}\r\n`,
    'the two lines of USER and PASS': `USER ${CANARY}\r\nPASS ${OTHER}\r\n`,
    'AUTH PLAIN': `AUTH PLAIN ${base64(`\0${CANARY}\0${OTHER}`)}\r\n`,
    'two lines of base64': `${base64(CANARY)}\r\n${base64(OTHER)}\r\n`,
    'folded base64 of both': base64(`first ${CANARY} and, later on, ${OTHER} at last`).replace(/(.{30})/g, '$1\r\n'),
  })) {
    it(`finds both of two secrets in ${what}, wherever it is cut`, () => {
      for (let at = 0; at <= text.length; at += 1)
        expect(foundOf(text, at).sort(), `cut at ${at}`).to.deep.equal([CANARY, OTHER]);
    });
  }

  it('tells one occurrence once, however many lines follow', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `NOOP ${index}\r\n`);
    expect(
      found([`AUTH PLAIN ${base64(`\0u\0${CANARY}`)}\r\n`, ...lines].map((line) => Buffer.from(line))),
    ).to.have.length(1);
    expect(found([`PASS ${CANARY}\r\n`, ...lines].map((line) => Buffer.from(line)))).to.have.length(1);
  });

  it('decodes at a line’s end, or after 1 KiB', () => {
    const ofPush = (text: string): string[] =>
      new StreamSearch([CANARY]).push(Buffer.from(text)).map(({ form }) => form);
    expect(ofPush(`${base64(CANARY)}\n`)).to.deep.equal(['base64']);
    expect(ofPush(base64(CANARY))).to.deep.equal([]);
    expect(ofPush(`${'A'.repeat(1024 - 28)}${base64(CANARY)}`)).to.deep.equal(['base64']);
  });

  it('tells a needle once that is shorter than another', () => {
    const search = new StreamSearch(['short', CANARY]);
    expect(search.push(Buffer.from('is short')).map(({ needle }) => needle)).to.deep.equal(['short']);
    expect(search.push(Buffer.from(' enough'))).to.deep.equal([]);
  });

  it('finds 18 bytes in base64', () => {
    const needle = CANARY.slice(0, 18);
    const search = new StreamSearch([needle]);
    expect(search.push(Buffer.from(`${base64(needle)}\n`))).to.deep.equal([{ needle, form: 'base64' }]);
  });

  it('looks for digests of secrets only', () => {
    const search = new StreamSearch([CANARY, OTHER], [OTHER]);
    const digests = [CANARY, OTHER].map((each) => `X ${hash('sha1', each, 'hex')}\r\n`).join('');
    expect(search.push(Buffer.from(digests))).to.deep.equal([{ needle: OTHER, form: 'digest' }]);
  });

  it('finds what is hidden behind a flood', () => {
    const flood = Buffer.alloc(300_000, 'QUJD');
    expect(found([flood, Buffer.from(base64(`x${CANARY}`)), flood]).map(({ form }) => form)).to.deep.equal(['base64']);
    expect(found([flood, Buffer.from(CANARY), flood]).map(({ form }) => form)).to.include('literal');
  });
});
