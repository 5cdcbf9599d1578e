import { expect } from 'chai';
import checks from '../../src/checks/index.js';
import { appliesTo, auditToy, flawedServers } from '../../src/proof/check.js';
import { WELL_KNOWN_PORTS } from '../../src/protocols/port-roles.js';
import { sideBySide } from '../support/side-by-side.js';

// The oracle matrix for checks: an honest server never fails, the exactly flawed one always does.

describe('checks, the oracle matrix', () => {
  const it = sideBySide(6);
  for (const known of WELL_KNOWN_PORTS) {
    const due = checks.filter((check) => appliesTo(check, known));

    it(`${known.role}: the honest server passes all ${String(due.length)} checks`, async () => {
      const results = await auditToy(known, due);
      expect(results.map(({ id }) => id).sort()).to.deep.equal(due.map(({ id }) => id).sort());
      const bad = results.filter(({ status }) => status === 'fail' || status === 'warn' || status === 'inconclusive');
      expect(bad.map(({ id, status, because }) => `${id} ${status}: ${because}`)).to.deep.equal([]);
    });

    for (const check of due) {
      for (const { flaw, expected } of flawedServers(check, known)) {
        it(`${known.role}: ${check.id} finds the server that ${flaw.name}`, async () => {
          const [result] = await auditToy(known, [check], flaw.server);
          expect(result?.status, result?.because).to.equal(expected);
        });
      }
    }
  }
});
