import { expect } from 'chai';
import { isFault } from '../../src/fault.js';
import { labPairs, openLab, pairName, type Lab, type LabPair } from '../../src/lab/lab.js';
import { isImplicit } from '../../src/endpoints/daemons/running-daemon.js';
import { WELL_KNOWN_PORTS, portOf } from '../../src/protocols/port-roles.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { assertAgreement, type Difference } from '../support/agreement.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';
import { thinned } from '../support/representative.js';

// Of every daemon of the lab, in every configuration, a full audit sees the certificate, versions, suites and groups that sslscan, nmap and openssl see.

interface Row {
  readonly pair: LabPair;
  readonly role: PortRole;
}

/** Nobody sees TLS there. */
const isWithoutTls = (pair: LabPair): boolean =>
  pair.configuration === 'no-starttls' || pairName(pair) === 'haproxy:wrong-door';

/** No handshake comes to an end there, and how far one comes differs from connection to connection. */
const NEVER_THE_SAME = 'opensmtpd:broken-tls';

const DIFFERENCES: Readonly<Record<string, readonly Difference[]>> = {
  'dovecot:no-ssl-dh': [
    {
      tool: 'sslscan',
      of: /^TLSv1\.2 /,
      seenBy: 'waxseal',
      why: 'sslscan offers DHE with everything else; this Dovecot chooses it, has no parameters, and closes without an alert: sslscan finds no suite of TLS 1.2',
    },
  ],
};

/** The port for implicit TLS, which all tools know how to begin with; of good configurations one with STARTTLS too. */
const rowsOf = (pair: LabPair): Row[] => {
  const { daemon, configuration, weakness } = pair;
  const roles = weakness?.roles ?? daemon.roles;
  const implicit = roles.find(isImplicit);
  const upgraded = roles.find((role) => !isImplicit(role));
  return [
    ...(implicit === undefined ? [] : [{ pair, role: implicit }]),
    ...(upgraded === undefined || (implicit !== undefined && configuration !== 'good')
      ? []
      : [{ pair, role: upgraded }]),
  ];
};

/** How the port is to be spoken to: the one of `wrong-door` and of `wrong-service` is not what its number says. */
const spokenTo = ({ pair: { configuration }, role }: Row): PortRole => {
  if (configuration === 'wrong-service') return 'pop3s';
  if (configuration !== 'wrong-door' || isImplicit(role)) return role;
  const { protocol } = portOf(role);
  return WELL_KNOWN_PORTS.find((port) => port.protocol === protocol && port.tls === 'implicit')?.role ?? role;
};

describe('a full audit and other tools see the same in the lab', function () {
  this.timeout(300_000);
  let lab: Lab;

  before(async function () {
    requireReal(this, 'openssl', 'sslscan', 'nmap');
    lab = await openLab();
  });
  after(async () => {
    await lab[Symbol.asyncDispose]();
  });

  const rows = labPairs()
    .filter((pair) => pairName(pair) !== NEVER_THE_SAME)
    .flatMap(rowsOf);
  for (const row of thinned(
    rows,
    ({ pair: { configuration }, role }) => configuration !== 'good' || !isImplicit(role),
  )) {
    const { pair, role } = row;
    const name = pairName(pair);
    it(`${name}, ${role}`, async function () {
      try {
        await using running = await lab.start(pair);
        const listener = running.listeners.find(({ portRole }) => portRole === role);
        if (listener === undefined) throw new Error(`${name} has no ${role}`);
        const differences = DIFFERENCES[name];
        const versions = await assertAgreement({
          role: spokenTo(row),
          address: listener.address,
          port: listener.port,
          ...(differences && { differences }),
        });
        expect(versions.length > 0, 'there is TLS').to.equal(!isWithoutTls(pair));
      } catch (error) {
        if (!isFault(error) || error.code !== 'DAEMON_MISSING') throw error;
        if (pair.daemon.needsNewer?.allBut.includes(pair.configuration) === false) return;
        skipUnlessRequired(this, error.message);
      }
    });
  }
});
