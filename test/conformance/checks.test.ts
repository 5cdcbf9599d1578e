import { expect } from 'chai';
import checks from '../../src/checks/index.js';
import { appliesTo, auditToy, flawedServers } from '../../src/proof/check.js';
import { WELL_KNOWN_PORTS } from '../../src/protocols/port-roles.js';
import { isThorough } from '../support/representative.js';
import { sideBySide } from '../support/side-by-side.js';

// The oracle matrix for checks: an honest server never fails, the exactly flawed one always does.

const EVERY = 3;

describe('checks, the oracle matrix', () => {
  const it = sideBySide(6);
  for (const [place, known] of WELL_KNOWN_PORTS.entries()) {
    const due = checks.filter((check) => appliesTo(check, known));

    it(`${known.role}: the honest server passes all ${String(due.length)} checks`, async () => {
      const results = await auditToy(known, due);
      expect(results.map(({ id }) => id).sort()).to.deep.equal(due.map(({ id }) => id).sort());
      const bad = results.filter(({ status }) => status === 'fail' || status === 'warn' || status === 'inconclusive');
      expect(bad.map(({ id, status, because }) => `${id} ${status}: ${because}`)).to.deep.equal([]);
    });

    for (const [index, check] of due.entries()) {
      // In the default suite each flaw is looked for in some roles only, other ones from check to check.
      if (!isThorough() && (index + place) % EVERY !== 0) continue;
      for (const { flaw, expected } of flawedServers(check, known)) {
        it(`${known.role}: ${check.id} finds the server that ${flaw.name}`, async () => {
          const [result] = await auditToy(known, [check], flaw.server);
          expect(result?.status, result?.because).to.equal(expected);
        });
      }
    }
  }
});
