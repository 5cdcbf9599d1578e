import { expect } from 'chai';
import type { Cell, Row, Truth } from '../../scripts/clients/row.js';
import { tableOf, untold } from '../../scripts/clients/table.js';

const cell = (name: string, family: string, status: string, because = 'x'): Cell => {
  const [id = '', variant] = name.split('/');
  return { id, family, status, because, ...(variant !== undefined && { variant }) };
};

const row = (cells: readonly Cell[], more: Partial<Row> = {}): Row => ({
  ...{ preset: 'one', title: 'One', version: '1.0', protocol: 'smtp', tls: 'starttls', policy: 'required', cells },
  ...more,
});

const TRUTH: Truth = { preset: 'one', cases: ['preauth'], sentence: 'it reads in clear', checked: 'wire' };
const SLOW = 'machine too slow: waxseal itself was held up for 900 ms; use fewer --jobs';

describe('the table of clients', () => {
  for (const [what, cells, shown] of [
    [
      'the worst verdict of a family',
      [cell('a/x', 'strip', 'safe'), cell('a/y', 'strip', 'unsafe')],
      '| **unsafe 1/2** |',
    ],
    ['what is safe', [cell('a', 'strip', 'safe'), cell('b', 'strip', 'not-applicable')], '| safe |'],
    ['what is not applicable', [cell('a', 'strip', 'not-applicable')], '| · |'],
    [
      'no case that the machine was too slow for',
      [cell('a', 'strip', 'inconclusive', SLOW), cell('b', 'strip', 'safe')],
      '| safe |',
    ],
  ] as const)
    it(`shows ${what}`, () => {
      expect(tableOf([row(cells)], [], '2026-01-01')).to.include(`| One 1.0 | STARTTLS required ${shown}`);
    });

  it('tells a surprising cell once for all configurations, with how it was checked', () => {
    const cells = [cell('preauth/a', 'preauth', 'unsafe'), cell('preauth/b', 'preauth', 'inconclusive', 'y')];
    const rows = [row(cells), row(cells, { tls: 'implicit' })];
    expect(tableOf(rows, [TRUTH], '2026-01-01')).to.include(
      '| One | SMTP STARTTLS required; SMTP implicit TLS | unsafe, inconclusive | preauth/{a,b} | it reads in clear (wire) |',
    );
    expect(untold(rows, [TRUTH])).to.deep.equal([]);
  });

  it('names every surprising cell without a sentence', () => {
    const rows = [row([cell('preauth/a', 'preauth', 'unsafe'), cell('strip', 'strip', 'unsafe', 'said it')])];
    expect(untold(rows, [TRUTH])).to.deep.equal(['one STARTTLS required: unsafe: said it: strip']);
    expect(tableOf(rows, [TRUTH], '2026-01-01')).to.include('said it (not looked at yet)');
  });

  it('says why a client could not be observed', () => {
    expect(tableOf([row([], { fault: 'no root' })], [], '2026-01-01')).to.include('| not observed: no root |');
  });
});
