import { expect } from 'chai';
import { casesOf, type Case } from '../../src/cases/case.js';
import scenarios from '../../src/scenarios/index.js';
import { inTurn, isTurnOf, isExtra, representative, thinned } from './representative.js';

describe('a representative part of the matrix', () => {
  const all = (['smtp', 'imap', 'pop3', 'managesieve'] as const).flatMap((protocol) =>
    casesOf(scenarios, protocol, 'starttls', 'server'),
  );
  const chosen = (matrix: string): readonly Case[] => withMatrix(matrix, () => representative(all, (one) => one));
  const names = (cases: readonly Case[]): ReadonlySet<string> =>
    new Set(cases.map(({ scenario, variant }) => `${scenario.id}/${variant?.name ?? ''}`));

  it('leaves no scenario or variant out', () => {
    expect(names(chosen('representative'))).to.deep.equal(names(all));
  });

  it('has every case of the default set, and the others once', () => {
    const part = chosen('representative');
    expect(part.filter((one) => !isExtra(one))).to.deep.equal(all.filter((one) => !isExtra(one)));
    expect(part.filter(isExtra)).to.have.length(names(all.filter(isExtra)).size);
  });

  it('has cases of every protocol outside the default set', () => {
    expect(
      new Set(
        chosen('representative')
          .filter(isExtra)
          .map(({ protocol }) => protocol),
      ).size,
    ).to.equal(4);
  });

  it('has every scenario and variant once in the default suite, and all protocols among them', () => {
    const part = chosen('sample');
    expect(names(part)).to.deep.equal(names(all));
    expect(part).to.have.length(names(all).size);
    expect(new Set(part.map(({ protocol }) => protocol)).size).to.equal(4);
  });

  it('is everything where the whole matrix is asked for', () => {
    expect(chosen('whole')).to.equal(all);
  });

  for (const [matrix, each] of [
    ['sample', 10],
    ['representative', 8],
    ['whole', 1],
  ] as const)
    it(`thinned: one of ${String(each)} repetitions, and all others (${matrix})`, () => {
      const items = Array.from({ length: 60 }, (_, item) => item);
      const part = withMatrix(matrix, () => thinned(items, (item) => item >= 20));
      expect(part.filter((item) => item < 20)).to.have.length(20);
      expect(part.filter((item) => item >= 20)).to.have.length(40 / each);
    });

  it('in turn: the first of each kind, and of the others each in one turn of ten, in the default suite', () => {
    const items = Array.from({ length: 42 }, (_, item) => item);
    const played = (turn: number): readonly number[] =>
      inTheDefaultSuite(turn, () => inTurn(items, (item) => item % 2));
    const turns = Array.from({ length: 10 }, (_, turn) => played(turn));
    for (const part of turns) expect(part).to.include.members([0, 1]).and.have.length.within(6, 8);
    expect(turns.flatMap((part) => part.slice(2)).sort((one, other) => one - other)).to.deep.equal(items.slice(2));
    expect(inTheDefaultSuite(0, () => inTurn(items, (item) => item % 2), '1')).to.deep.equal(items);
  });

  it('single items: each in one turn of ten in the default suite, and always elsewhere', () => {
    const names = Array.from({ length: 30 }, (_, item) => `the test ${String(item)}`);
    const played = (turn: number): string[] => inTheDefaultSuite(turn, () => names.filter(isTurnOf));
    const turns = Array.from({ length: 10 }, (_, turn) => played(turn));
    expect(turns.flat().sort()).to.deep.equal([...names].sort());
    for (const part of turns) expect(part.length).to.be.below(10);
    expect(inTheDefaultSuite(0, () => names.filter(isTurnOf), '1')).to.deep.equal(names);
    expect(withMatrix('whole', () => names.filter(isTurnOf))).to.deep.equal(names);
  });
});

/** With a turn, and with real programs or without. */
const inTheDefaultSuite = <T>(turn: number, act: () => T, real?: string): T => {
  const before = { real: process.env['WAXSEAL_REQUIRE_REAL'], turn: process.env['WAXSEAL_TEST_TURN'] };
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  set('WAXSEAL_REQUIRE_REAL', real);
  set('WAXSEAL_TEST_TURN', String(turn));
  try {
    return withMatrix('sample', act);
  } finally {
    set('WAXSEAL_REQUIRE_REAL', before.real);
    set('WAXSEAL_TEST_TURN', before.turn);
  }
};

const withMatrix = <T>(matrix: string, choose: () => T): T => {
  const before = process.env['WAXSEAL_TEST_MATRIX'];
  process.env['WAXSEAL_TEST_MATRIX'] = matrix;
  try {
    return choose();
  } finally {
    if (before === undefined) delete process.env['WAXSEAL_TEST_MATRIX'];
    else process.env['WAXSEAL_TEST_MATRIX'] = before;
  }
};
