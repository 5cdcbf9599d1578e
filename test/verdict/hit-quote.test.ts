import { expect } from 'chai';
import { hitQuote } from '../../src/verdict/hit-quote.js';
import type { CanaryHit } from '../../src/verdict/visit.js';
import { canaries, visitOf } from './visits.js';

const { user, password, token } = canaries;
const base64 = Buffer.from(`\0${user}\0${password}`).toString('base64');

const hit = (canary: CanaryHit['canary'], entry: number): CanaryHit => ({
  connection: 1,
  entry,
  canary,
  form: 'literal',
  inside: false,
});

describe('the quote of a canary that was found', () => {
  const ROWS: readonly (readonly [what: string, said: readonly string[], hits: readonly CanaryHit[], quote: string])[] =
    [
      ['a name alone', [`XNAME ${user}`], [hit('user', 0)], `XNAME ${user}\\r\\n`],
      ['a password', [`XPASS ${password}`], [hit('password', 0)], `XPASS ${'x'.repeat(20)}\\r\\n`],
      ['a token', [`XPASS ${token}`], [hit('token', 0)], `XPASS ${'x'.repeat(20)}\\r\\n`],
      ['a password in base64', [`X ${base64}`], [hit('user', 0), hit('password', 0)], `X ${'x'.repeat(56)}\\r\\n`],
      [
        'a password in hexadecimal',
        [`X ${Buffer.from(password).toString('hex')}`],
        [hit('password', 0)],
        `X ${'x'.repeat(40)}\\r\\n`,
      ],
      [
        'a name, behind it a password that ends in another segment of the line',
        [`X ${base64.slice(0, 40)}`, base64.slice(40)],
        [hit('user', 0), hit('password', 1)],
        '…',
      ],
      [
        'a name, the password in another line',
        [`XNAME ${user}\n`, 'XPASS', password],
        [hit('user', 0), hit('password', 2)],
        `XNAME ${user}\\n`,
      ],
      ['bytes that are not there', [], [hit('password', 0)], '…'],
    ];

  for (const [what, said, hits, quote] of ROWS)
    it(what, () => {
      const visit = visitOf('smtp', [], { hits: [...hits] });
      const [connection] = visit.connections;
      const [first] = hits;
      if (connection === undefined || first === undefined) throw new Error('the row is empty');
      const isCut = said.length > 1;
      const entries = said.map((data, at) => ({
        kind: 'bytes' as const,
        at,
        from: 'client' as const,
        inside: false,
        data: isCut ? data : `${data}\r\n`,
      }));
      expect(hitQuote(first, { ...connection, entries }, visit)).to.equal(quote);
    });

  const quoteOf = (said: readonly (readonly ['client' | 'server', string])[], hits: readonly CanaryHit[]): string => {
    const visit = visitOf('smtp', [], { hits: [...hits] });
    const [connection] = visit.connections;
    const [first] = hits;
    if (connection === undefined || first === undefined) throw new Error('the row is empty');
    const entries = said.map(([from, data], at) => ({ kind: 'bytes' as const, at, from, inside: false, data }));
    return hitQuote(first, { ...connection, entries }, visit);
  };

  it('a name, the rest of its line behind a line of the server', () => {
    const said = [
      ['client', `X ${base64.slice(0, 40)}`],
      ['server', '250 ok\r\n'],
      ['client', `${base64.slice(40)}\r\n`],
    ] as const;
    expect(quoteOf(said, [hit('user', 0), hit('password', 2)])).to.equal('…');
  });

  for (const [what, said, hits, quote] of [
    [
      'the token in the same line',
      [
        ['client', `X ${user} `],
        ['client', 'YWJj\r\n'],
      ],
      [hit('user', 0), hit('token', 1)],
      '…',
    ],
    [
      'another name in the same line',
      [
        ['client', `X ${user} `],
        ['client', 'YWJj\r\n'],
      ],
      [hit('user', 0), hit('from', 1)],
      `X ${user} `,
    ],
    [
      'the password, coded, in the same bytes',
      [['client', `X ${user} YWJj\r\n`]],
      [hit('user', 0), hit('password', 0)],
      '…',
    ],
    [
      'the password in an earlier line',
      [
        ['client', 'X YWJj\r\n'],
        ['client', `X ${user}\r\n`],
      ],
      [hit('user', 1), hit('password', 0)],
      `X ${user}\\r\\n`,
    ],
    ['a long line', [['client', `${user}${'y'.repeat(100)}`]], [hit('user', 0)], `${user}${'y'.repeat(60)}`],
  ] as const)
    it(`a name, and ${what}`, () => {
      expect(quoteOf(said, hits)).to.equal(quote);
    });

  it('a name, the password in another connection', () => {
    expect(quoteOf([['client', `XNAME ${user}`]], [hit('user', 0), { ...hit('password', 0), connection: 2 }])).to.equal(
      `XNAME ${user}`,
    );
  });
});
