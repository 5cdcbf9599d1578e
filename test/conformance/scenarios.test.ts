import { AssertionError, expect } from 'chai';
import registry from '../../src/scenarios/index.js';
import type { Scenario } from '../../src/scenarios/scenario.js';
import type { Judge } from '../../src/verdict/judgement.js';
import type { ClientStatus } from '../../src/verdict/visit.js';
import { Oracle, type ToyVisit } from '../../src/proof/oracle.js';
import { DEPENDS_ON_STYLE, oracleRows, type OracleRow as Row } from '../../src/proof/oracle-rows.js';
import { Ahead } from '../support/ahead.js';
import { isThorough, representative, thinned } from '../support/representative.js';
import { toldSecrets } from './told-secrets.js';

const played = (scenarios: readonly Scenario[], rows: readonly Row[]): Ahead<Row, ToyVisit> => {
  const oracle = new Oracle(scenarios);
  return new Ahead(rows, ({ one, toy, policy }) => oracle.judge(one, toy, policy), { atOnce: 16, most: 150 });
};

describe('every scenario tells careful toys from the flawed one', function () {
  this.timeout(120_000);
  const rows = thinned(
    representative(oracleRows(registry), ({ one }) => one),
    // Where styles decide whether the attack works, `.ci/run` plays all of them, and all variants.
    ({ isCrossed, one: { scenario, variant } }) =>
      isThorough()
        ? isCrossed === true && !DEPENDS_ON_STYLE.has(scenario.family)
        : isCrossed === true || variant !== scenario.variants?.[0],
  );
  const outcomes = played(registry, rows);
  after(() => outcomes.stop());

  for (const [index, row] of rows.entries()) {
    it(row.title, async () => {
      expectAllowed(row, await outcomes.outcome(index));
    });
  }

  it('no report text of any outcome holds a canary password or token, in any format', async () => {
    for (const [index, { title, one }] of rows.entries())
      expect(toldSecrets(one, await outcomes.outcome(index)), title).to.deep.equal([]);
  });
});

describe('the matrix itself', function () {
  this.timeout(60_000);

  it('catches a judge that cannot fail', async () => {
    const blind = registry.map((scenario): Scenario =>
      scenario.id === 'starttls-not-offered' ? { ...scenario, judge: always('safe') } : scenario,
    );
    expect(await failures(blind, 'starttls-not-offered')).to.include.members(['smtp', 'imap', 'pop3', 'managesieve']);
  });

  it('catches a judge that accuses everybody', async () => {
    const harsh = registry.map((scenario): Scenario =>
      scenario.id === 'starttls-not-offered' ? { ...scenario, judge: always('unsafe') } : scenario,
    );
    expect(await failures(harsh, 'starttls-not-offered')).to.include.members(['smtp', 'imap', 'pop3', 'managesieve']);
  });

  it('catches a scenario that does nothing', async () => {
    const tame = registry.map((scenario): Scenario =>
      scenario.id === 'starttls-not-offered' ? { ...scenario, tamper: {} } : scenario,
    );
    expect(await failures(tame, 'starttls-not-offered')).to.include.members(['smtp', 'imap', 'pop3', 'managesieve']);
  });
});

const expectAllowed = (row: Row, outcome: ToyVisit): void => {
  const { status } = outcome.judgement;
  expect(status, row.allowed.includes(status) ? '' : outcome.story).to.be.oneOf(row.allowed);
};

const always =
  (status: ClientStatus): Judge =>
  () => ({ status, because: 'it always is', leaked: [], evidence: [] });

/** The protocols in which plain rows of one scenario fail. */
const failures = async (scenarios: readonly Scenario[], id: string): Promise<string[]> => {
  const rows = oracleRows(scenarios).filter((row) => row.one.scenario.id === id && row.isCrossed !== true);
  const failed = new Set<string>();
  const outcomes = played(scenarios, rows);
  for (const [index, row] of rows.entries()) {
    const outcome = await outcomes.outcome(index);
    try {
      expectAllowed(row, outcome);
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      failed.add(row.one.protocol);
    }
  }
  return [...failed];
};
