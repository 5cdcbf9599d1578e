import { AssertionError, expect } from 'chai';
import pLimit from 'p-limit';
import registry from '../../src/scenarios/index.js';
import type { Scenario } from '../../src/scenarios/scenario.js';
import type { Judge } from '../../src/verdict/judgement.js';
import type { ClientStatus } from '../../src/verdict/visit.js';
import { Oracle, type Outcome } from '../../src/proof/oracle.js';
import { oracleRows, type OracleRow as Row } from '../../src/proof/oracle-rows.js';

describe('every scenario tells careful toys from the flawed one', function () {
  this.timeout(120_000);
  const rows = oracleRows(registry);
  const outcomes: Promise<Outcome>[] = [];
  let ahead = 1;
  let last = -1;
  let play: (row: Row) => Promise<Outcome>;

  before(() => {
    play = player(registry);
  });

  for (const [index, row] of rows.entries()) {
    it(row.title, async () => {
      // Rows ahead are begun too: most of a visit is waiting. The more rows ran in a row, the more will; with --grep few do.
      ahead = index === last + 1 ? Math.min(2 * ahead, MOST_AHEAD) : 1;
      last = index;
      for (const [at, each] of rows.slice(index, index + ahead).entries()) outcomes[index + at] ??= play(each);
      expectAllowed(row, await outcomes[index]);
    });
  }
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

/** Plays rows, a bounded number at once. */
const player = (scenarios: readonly Scenario[]): ((row: Row) => Promise<Outcome>) => {
  const oracle = new Oracle(scenarios);
  const limit = pLimit(VISITS_AT_ONCE);
  return (row) => {
    const outcome = limit(() => oracle.judge(row.one, row.toy, row.policy));
    // It is awaited by its own test, which may come much later, or never.
    outcome.catch(() => undefined);
    return outcome;
  };
};

const expectAllowed = (row: Row, outcome: Outcome | undefined): void => {
  if (outcome === undefined) throw new Error('the row was not played');
  const { status } = outcome.judgement;
  expect(status, row.allowed.includes(status) ? '' : outcome.story).to.be.oneOf(row.allowed);
};

const always =
  (status: ClientStatus): Judge =>
  () => ({ status, because: 'it always is', leaked: [], evidence: [] });

/** The protocols in which rows of one scenario fail. */
const failures = async (scenarios: readonly Scenario[], id: string): Promise<string[]> => {
  const rows = oracleRows(scenarios).filter((row) => row.one.scenario.id === id);
  const failed = new Set<string>();
  const play = player(scenarios);
  for (const { row, playing } of rows.map((each) => ({ row: each, playing: play(each) }))) {
    const outcome = await playing;
    try {
      expectAllowed(row, outcome);
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      failed.add(row.one.protocol);
    }
  }
  return [...failed];
};

/** Many of them wait, which costs nothing. */
const VISITS_AT_ONCE = 16;
const MOST_AHEAD = 150;
