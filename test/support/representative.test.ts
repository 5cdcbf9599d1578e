import { expect } from 'chai';
import { casesOf, type Case } from '../../src/cases/case.js';
import scenarios from '../../src/scenarios/index.js';
import { representative } from './representative.js';

describe('a representative part of the matrix', () => {
  const all = (['smtp', 'imap', 'pop3', 'managesieve'] as const).flatMap((protocol) =>
    casesOf(scenarios, protocol, 'starttls', 'server'),
  );
  const chosen = (matrix: string): readonly Case[] => {
    const before = process.env['WAXSEAL_TEST_MATRIX'];
    process.env['WAXSEAL_TEST_MATRIX'] = matrix;
    try {
      return representative(all, (one) => one);
    } finally {
      if (before === undefined) delete process.env['WAXSEAL_TEST_MATRIX'];
      else process.env['WAXSEAL_TEST_MATRIX'] = before;
    }
  };
  const names = (cases: readonly Case[]): ReadonlySet<string> =>
    new Set(cases.map(({ scenario, variant }) => `${scenario.id}/${variant?.name ?? ''}`));
  const isExtra = ({ scenario, variant }: Case): boolean => (variant?.extra ?? scenario.extra) !== undefined;

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
});
