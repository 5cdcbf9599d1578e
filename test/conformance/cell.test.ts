import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { cell, cellAvailability } from '../../src/place/cell.js';
import { oracleRows } from '../../src/proof/oracle-rows.js';
import scenarios from '../../src/scenarios/index.js';
import { bundled } from '../support/built.js';
import { skipUnlessRequired } from '../support/real.js';
import { isThorough, representative, thinned } from '../support/representative.js';
import type { CellOutcome } from './cell-matrix.js';

const MATRIX = fileURLToPath(new URL('cell-matrix.ts', import.meta.url));

describe('scenarios that need a cell tell careful toys from the flawed one', function () {
  this.timeout(120_000);
  const outcomes = new Map<string, CellOutcome>();

  before(async function () {
    const cells = await cellAvailability();
    if (!cells.available) {
      skipUnlessRequired(this, cells.why);
      return;
    }
    const output = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, [bundled(MATRIX)], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`the matrix in the cell failed: ${stderr}`, { cause: error }));
      });
    });
    for (const line of output.trim().split('\n')) {
      const outcome = JSON.parse(line) as CellOutcome;
      outcomes.set(outcome.title, outcome);
    }
  });

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

  for (const { title, allowed } of rows) {
    it(title, () => {
      const outcome = outcomes.get(title);
      expect(outcome?.status, outcome?.story).to.be.oneOf(allowed);
      expect(outcome?.told).to.deep.equal([]);
    });
  }
});
