import { expect } from 'chai';
import type { Check, CheckStatus, ServerFlaw } from '../../src/checks/check.js';
import checks from '../../src/checks/index.js';
import { WELL_KNOWN_PORTS, type WellKnownPort } from '../../src/protocols/port-roles.js';
import { isOpportunistic } from '../../src/probes/listener.js';
import { audit } from '../../src/audit/audit.js';
import type { AuditResult } from '../../src/audit/result.js';
import { toyAuthority, toyServer } from '../support/toy-server.js';

// The oracle matrix for checks: an honest server never fails, the exactly flawed one always does.

const appliesTo = (check: Check, { protocol, tls }: WellKnownPort): boolean =>
  (check.protocols?.includes(protocol) ?? true) && (check.modes?.includes(tls) ?? true);

const flawsOf = (check: Check): readonly ServerFlaw[] =>
  Array.isArray(check.flaw) ? (check.flaw as readonly ServerFlaw[]) : [check.flaw as ServerFlaw];

const canBeMadeOn = (flaw: ServerFlaw, { role, protocol, tls }: WellKnownPort): boolean =>
  (flaw.protocols?.includes(protocol) ?? true) &&
  (flaw.modes?.includes(tls) ?? true) &&
  (flaw.roles?.includes(role) ?? true);

/** On a relay port a failure is what the check says of relays. */
const expectedOf = ({ relay }: Check, { then = 'fail', onRelay }: ServerFlaw, known: WellKnownPort): CheckStatus =>
  isOpportunistic(known) ? (onRelay ?? (then === 'fail' ? (relay?.status ?? then) : then)) : then;

const audited = async (
  known: WellKnownPort,
  chosen: readonly Check[],
  flaw?: ServerFlaw['server'],
): Promise<readonly AuditResult[]> => {
  await using server = await toyServer(known.role, flaw);
  const { pem } = await toyAuthority();
  const session = await audit([`${known.role}://localhost:${String(server.port)}`], {
    checks: chosen,
    family: 4,
    authorities: [pem],
    loginAttempts: 10,
    parallel: 8,
    maxConnections: 60,
    patience: { hint: 150, greeting: 3000, quiet: 60 },
  });
  expect(session.faults).to.deep.equal([]);
  return session.results.filter(({ portRole }) => portRole === known.role);
};

describe('checks, the oracle matrix', () => {
  for (const known of WELL_KNOWN_PORTS) {
    const due = checks.filter((check) => appliesTo(check, known));

    it(`${known.role}: the honest server passes all ${String(due.length)} checks`, async () => {
      const results = await audited(known, due);
      expect(results.map(({ id }) => id).sort()).to.deep.equal(due.map(({ id }) => id).sort());
      const bad = results.filter(({ status }) => status === 'fail' || status === 'warn' || status === 'inconclusive');
      expect(bad.map(({ id, status, because }) => `${id} ${status}: ${because}`)).to.deep.equal([]);
    });

    for (const check of due) {
      for (const flaw of flawsOf(check).filter((each) => canBeMadeOn(each, known))) {
        const expected = expectedOf(check, flaw, known);
        it(`${known.role}: ${check.id} finds the server that ${flaw.name}`, async () => {
          const [result] = await audited(known, [check], flaw.server);
          expect(result?.status, result?.because).to.equal(expected);
        });
      }
    }
  }
});
