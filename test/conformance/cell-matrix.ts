// Started by tests: goes into a cell, plays there the rows of the oracle matrix that loopback has no ports or names for, and says how
// each of them came out, a line of JSON a row.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { cell, isInCell, reexecInCell } from '../../src/place/cell.js';
import { Oracle } from '../../src/proof/oracle.js';
import { oracleRows } from '../../src/proof/oracle-rows.js';
import scenarios from '../../src/scenarios/index.js';
import { isThorough, representative, thinned } from '../support/representative.js';
import { toldSecrets } from './told-secrets.js';

/** What became of one row. */
export interface CellOutcome {
  readonly title: string;
  readonly status: string;
  readonly story: string;
  /** Canary secrets that its report would tell. */
  readonly told: readonly string[];
}

const play = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'cell-matrix-'));
  const oracle = new Oracle(scenarios, {
    place: cell,
    folder: (visit) => mkdtempSync(join(folder, `visit-${String(visit)}-`)),
  });
  const limit = pLimit(8);
  const rows = thinned(
    representative(
      oracleRows(
        scenarios.filter(({ needs = [] }) => needs.length > 0),
        cell.provides,
      ),
      ({ one }) => one,
    ),
    ({ isCrossed, one: { scenario, variant } }) =>
      isCrossed === true || (!isThorough() && variant !== scenario.variants?.[0]),
  );
  await Promise.all(
    rows.map((row) =>
      limit(async () => {
        const outcome = await oracle.judge(row.one, row.toy, row.policy);
        const { judgement, story } = outcome;
        const line: CellOutcome = {
          title: row.title,
          status: judgement.status,
          story,
          told: toldSecrets(row.one, outcome),
        };
        process.stdout.write(`${JSON.stringify(line)}\n`);
      }),
    ),
  );
};

if (isInCell()) await play();
else process.exitCode = await reexecInCell();
