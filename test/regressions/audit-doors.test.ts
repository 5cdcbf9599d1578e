import { expect } from 'chai';
import checks from '../../src/checks/index.js';
import type { ServerFlaw } from '../../src/checks/check.js';
import { closedInsteadOfTls, withoutUpgrade } from '../../src/checks/flaws.js';
import { portOf } from '../../src/protocols/port-roles.js';
import { auditToy } from '../../src/proof/check.js';

interface Row {
  readonly title: string;
  readonly role: 'imap' | 'pop3' | 'submission';
  readonly server: ServerFlaw['server'];
  readonly check: string;
  readonly status: string;
  readonly severity?: string;
  readonly because: RegExp;
}

const ROWS: readonly Row[] = [
  {
    title: 'one certificate on both doors',
    role: 'pop3',
    server: { otherDoor: {} },
    check: 'doors-can-be-spliced',
    status: 'warn',
    because:
      /^an attacker on the path can lead STARTTLS clients to the port for implicit TLS; SMTP and POP3 clients .*, most IMAP clients notice$/,
  },
  {
    title: 'one certificate on both doors, submission',
    role: 'submission',
    server: { otherDoor: {} },
    check: 'doors-can-be-spliced',
    status: 'warn',
    because: /^an attacker on the path can lead STARTTLS clients to the port for implicit TLS; /,
  },
  {
    title: 'one certificate on both doors, IMAP',
    role: 'imap',
    server: { otherDoor: {} },
    check: 'doors-can-be-spliced',
    status: 'warn',
    severity: 'low',
    because: /^an attacker on the path can lead STARTTLS clients to the port for implicit TLS; /,
  },
  {
    title: 'other versions of TLS on the implicit door, which are no separation',
    role: 'pop3',
    server: { versions: { newest: 'TLSv1.2' }, otherDoor: { versions: { newest: 'TLSv1.2' } } },
    check: 'doors-can-be-spliced',
    status: 'warn',
    because: /^an attacker on the path can lead STARTTLS clients to the port for implicit TLS; /,
  },
  {
    title: 'no other door to lead a client to',
    role: 'pop3',
    server: {},
    check: 'doors-can-be-spliced',
    status: 'not-applicable',
    because: /other port \(implicit TLS for STARTTLS, or the reverse\) is closed or was not audited$/,
  },
  {
    title: 'ALPN demanded on the implicit door',
    role: 'imap',
    server: { otherDoor: { demandsAlpn: true } },
    check: 'doors-can-be-spliced',
    status: 'pass',
    because:
      /^port \d+ refused a client of this port \(.+\): it accepts only clients that name its protocol with ALPN$/,
  },
  {
    title: 'ALPN demanded on the implicit door, which is audited all the same',
    role: 'imap',
    server: { otherDoor: { demandsAlpn: true, versions: { newest: 'TLSv1.2' } } },
    check: 'doors-differ',
    status: 'warn',
    because: /^TLS 1\.3 on localhost:\d+ only$/,
  },
  {
    title: 'other groups on the implicit door',
    role: 'imap',
    server: { groups: 'X25519:P-256', otherDoor: {} },
    check: 'doors-differ',
    status: 'info',
    because:
      /groups of TLS 1\.3: [^;]*secp384r1[^;]* on localhost:(\d+) only \(localhost:(?!\1)\d+ is the stricter one\); groups up to TLS 1\.2: /,
  },
  {
    title: 'a certificate for another name on the implicit door',
    role: 'submission',
    server: { otherDoor: { certificate: 'wrong-name' } },
    check: 'doors-can-be-spliced',
    status: 'pass',
    because: /clients of this port do not accept the certificate of port \d+$/,
  },
  {
    title: 'a certificate for another name on the implicit door, which is a difference',
    role: 'submission',
    server: { otherDoor: { certificate: 'wrong-name' } },
    check: 'doors-differ',
    status: 'fail',
    because: /^localhost:\d+ shows a certificate that careful clients reject .*; the one on localhost:\d+ is right/,
  },
  {
    title: 'no other door',
    role: 'imap',
    server: {},
    check: 'doors-differ',
    status: 'not-applicable',
    because: /other port \(implicit TLS for STARTTLS, or the reverse\) is closed or was not audited$/,
  },
  {
    title: 'no TLS behind STARTTLS, to which no session of the other door can be offered',
    role: 'submission',
    server: { tamper: withoutUpgrade, otherDoor: {} },
    check: 'session-resumed-elsewhere',
    status: 'not-applicable',
    because: /^TLS is not offered here$/,
  },
  {
    title: 'a handshake behind STARTTLS that fails, on which no session of the other door can be offered',
    role: 'imap',
    server: { tamper: closedInsteadOfTls, otherDoor: {} },
    check: 'session-resumed-elsewhere',
    status: 'not-applicable',
    because: /no ClientHello is answered/,
  },
];

describe('two doors of one server', () => {
  for (const { title, role, server, check, status, severity, because } of ROWS) {
    it(`${title}: ${check} says ${status}`, async () => {
      const [result] = await auditToy(
        portOf(role),
        checks.filter(({ id }) => id === check),
        server,
      );
      expect(result?.because).to.match(because);
      expect(result?.status).to.equal(status);
      if (severity !== undefined) expect(result?.severity).to.equal(severity);
    });
  }
});
