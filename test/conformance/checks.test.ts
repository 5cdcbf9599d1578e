import { expect } from 'chai';
import checks from '../../src/checks/index.js';
import { appliesTo, auditToy, flawedServers } from '../../src/proof/check.js';
import { WELL_KNOWN_PORTS } from '../../src/protocols/port-roles.js';
import { inTurn, isThorough } from '../support/representative.js';
import { sideBySide } from '../support/side-by-side.js';

// The oracle matrix for checks: an honest server never fails, the exactly flawed one always does.

/** In the default suite each flaw is looked for in one role, another one from check to check. */
const isPlayed = (check: (typeof checks)[number], { role }: (typeof WELL_KNOWN_PORTS)[number]): boolean => {
  const roles = WELL_KNOWN_PORTS.filter((known) => appliesTo(check, known) && flawedServers(check, known).length > 0);
  return isThorough() || roles[checks.indexOf(check) % roles.length]?.role === role;
};

/** Servers with a flaw, in the roles that are played. */
const FLAWED = WELL_KNOWN_PORTS.flatMap((known) =>
  checks
    .filter((check) => appliesTo(check, known) && isPlayed(check, known))
    .flatMap((check) => flawedServers(check, known).map((server) => ({ known, check, ...server }))),
);

describe('checks, the oracle matrix', () => {
  const it = sideBySide(6, 'all');

  for (const known of inTurn(WELL_KNOWN_PORTS, ({ protocol }) => protocol)) {
    const due = checks.filter((check) => appliesTo(check, known));

    it(`${known.role}: the honest server passes all ${String(due.length)} checks`, async () => {
      const results = await auditToy(known, due);
      expect(results.map(({ id }) => id).sort()).to.deep.equal(due.map(({ id }) => id).sort());
      const bad = results.filter(({ status }) => status === 'fail' || status === 'warn' || status === 'inconclusive');
      expect(bad.map(({ id, status, because }) => `${id} ${status}: ${because}`)).to.deep.equal([]);
    });
  }

  for (const { known, check, flaw, expected } of inTurn(FLAWED, ({ known: { role } }) => role))
    it(`${known.role}: ${check.id} finds the server that ${flaw.name}`, async () => {
      const [result] = await auditToy(known, [check], flaw.server);
      expect(result?.status, result?.because).to.equal(expected);
    });
});
