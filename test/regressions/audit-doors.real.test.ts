import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { UNPACKED } from '../../src/lab/program.js';
import { portOf } from '../../src/protocols/port-roles.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { startForeground } from '../support/foreground-daemon.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';

const SPLICED = checks.filter(({ id }) => id === 'doors-can-be-spliced');

describe('the doors of a real Dovecot', function () {
  this.timeout(60_000);
  let dovecot: RunningDaemon;
  let ca: string;

  before(async function () {
    requireReal(this, 'dovecot');
    const issued = await certificateFor('good');
    ca = issued.ca;
    dovecot = await startDovecot({
      address: '127.0.0.2',
      configuration: 'good',
      certificate: issued.certificate,
      users: [{ user: 'alice', password: 'correcthorse', message: 'Subject: a\n\na\n' }],
    });
  });
  after(() => dovecot.stop());

  it('show the same server, and can be spliced', async () => {
    const { results, faults } = await audit(
      dovecot.listeners.map(({ portRole, port }) => `${portRole}://127.0.0.2:${String(port)}`),
      { checks: checks.filter(({ id }) => id.startsWith('doors-')), authorities: [ca] },
    );
    expect(faults).to.deep.equal([]);
    expect(
      results.map(({ portRole, id, status, severity }) => `${portRole} ${id} ${status} ${severity}`),
    ).to.deep.equal([
      'imap doors-can-be-spliced warn low',
      'imap doors-differ pass medium',
      'pop3 doors-can-be-spliced warn medium',
      'pop3 doors-differ pass medium',
      'sieve doors-can-be-spliced not-applicable medium',
      'sieve doors-differ not-applicable medium',
      'submission doors-can-be-spliced warn medium',
      'submission doors-differ pass medium',
    ]);
  });

  it('are separated where the certificate of one of them is for another name', async () => {
    await using other = await startDovecot({
      address: '127.0.0.2',
      configuration: 'good',
      certificate: (await certificateFor('wrong-name')).certificate,
      users: [],
    });
    const { results } = await audit(
      [
        ...dovecot.listeners.filter(({ portRole }) => portOf(portRole).tls === 'starttls'),
        ...other.listeners.filter(({ portRole }) => portOf(portRole).tls === 'implicit'),
      ].map(({ portRole, port }) => `${portRole}://127.0.0.2:${String(port)}`),
      { checks: SPLICED, authorities: [ca] },
    );
    expect(
      results
        .filter(({ status }) => status !== 'not-applicable')
        .map(({ status, because }) => `${status} ${because.replace(/\d+$/, 'N')}`),
    ).to.deep.equal(
      Array.from(
        { length: 3 },
        () =>
          'pass the ports have different certificates; clients of this port do not accept the certificate of port N',
      ),
    );
  });
});

describe('the doors of a real Postfix', function () {
  this.timeout(60_000);

  it('can be spliced: a client of submission takes the greeting of submissions for the answer to EHLO', async function () {
    requireReal(this, 'postfix', 'dovecot');
    const { certificate, ca } = await certificateFor('good');
    await using postfix = await startPostfix({ address: '127.0.0.2', configuration: 'good', certificate, users: [] });
    const { results, connections } = await audit(
      postfix.listeners.map(({ portRole, port }) => `${portRole}://127.0.0.2:${String(port)}`),
      { checks: SPLICED, authorities: [ca] },
    );
    expect(results.map(({ portRole, status, severity }) => `${portRole} ${status} ${severity}`)).to.deep.equal([
      'smtp not-applicable medium',
      'submission warn medium',
    ]);
    const [at] = results.at(-1)?.evidence ?? [];
    const spliced = connections.find(({ id }) => id === at?.connection)?.transcript.entries ?? [];
    const said = spliced.flatMap((entry) =>
      entry.kind === 'bytes'
        ? [`${entry.from}: ${entry.data.trim()}`]
        : [entry.kind === 'note' ? entry.what : entry.kind],
    );
    // In clear with one port, inside TLS with the other one: its greeting, then EHLO and its answer.
    expect(said.join('\n')).to.match(
      /^server: 220 [^]*client: STARTTLS[^]*led-elsewhere[^]*server: 220 [^]*client: EHLO [^]*server: 250/,
    );
  });
});

const HAPROXY = `${UNPACKED}/haproxy/usr/sbin/haproxy`;
const STUNNEL = `${UNPACKED}/stunnel4/usr/bin/stunnel4`;

describe('a real Dovecot whose port for implicit TLS is another program’s', function () {
  this.timeout(60_000);

  /** What the check says of POP3 with STARTTLS at Dovecot, and of this program in front of the same for implicit TLS. */
  const verdict = async (
    program: 'haproxy' | 'stunnel4',
    configuration: (order: { readonly pem: string; readonly own: string; readonly to: string }) => string,
  ): Promise<string> => {
    const { certificate, ca } = await certificateFor('good');
    await using dovecot = await startDovecot({
      address: '127.0.0.2',
      configuration: 'good',
      certificate,
      users: [],
      roles: ['pop3'],
    });
    const to = dovecot.listeners[0]?.port ?? 0;
    await using front = await startForeground({
      address: '127.0.0.2',
      ports: 1,
      files: (folder, [own]) => ({
        'both.pem': certificate.certPem + certificate.keyPem,
        'front.conf': configuration({
          pem: `${folder}/both.pem`,
          own: `127.0.0.2:${String(own)}`,
          to: `127.0.0.2:${String(to)}`,
        }),
      }),
      command: (folder) =>
        program === 'haproxy' ? [HAPROXY, '-db', '-f', `${folder}/front.conf`] : [STUNNEL, `${folder}/front.conf`],
    });
    const { results } = await audit([`pop3://127.0.0.2:${String(to)}`, `pop3s://127.0.0.2:${String(front.ports[0])}`], {
      checks: SPLICED,
      authorities: [ca],
      servername: 'mail.lab.test',
    });
    return results.map(({ status, severity, because }) => `${status} ${severity}: ${because}`).join('\n');
  };

  const haproxy =
    (bind: string, more = '') =>
    ({ pem, own, to }: { readonly pem: string; readonly own: string; readonly to: string }): string =>
      [
        'defaults\n  mode tcp\n  timeout connect 3s\n  timeout client 60s\n  timeout server 60s',
        `listen mail\n  bind ${own} ssl crt ${pem} ${bind}\n${more}  server one ${to}\n`,
      ].join('\n');

  const ROWS = [
    { title: 'HAProxy', program: 'haproxy', configuration: haproxy(''), then: /^warn medium: / },
    {
      title: 'HAProxy that closes connections without ALPN',
      program: 'haproxy',
      configuration: haproxy(
        'alpn pop3',
        '  tcp-request inspect-delay 5s\n  tcp-request content reject unless { ssl_fc_alpn pop3 }\n',
      ),
      // Its own clients are cut as well where they come without ALPN, as waxseal does.
      then: /^inconclusive .*connection closed after the handshake/,
    },
    {
      title: 'HAProxy that asks for certificates',
      program: 'haproxy',
      configuration: (order: Parameters<ReturnType<typeof haproxy>>[0]) =>
        haproxy(`ca-file ${order.pem} verify required`)(order),
      then: /^inconclusive .*certificate/,
    },
    {
      title: 'stunnel',
      program: 'stunnel4',
      configuration: ({ pem, own, to }: Parameters<ReturnType<typeof haproxy>>[0]) =>
        `foreground = yes\npid =\nsyslog = no\n[pop3s]\naccept = ${own}\nconnect = ${to}\ncert = ${pem}\n`,
      then: /^warn medium: /,
    },
  ] as const;

  for (const { title, program, configuration, then } of ROWS)
    it(`${title}: what a spliced client meets`, async function () {
      requireReal(this, 'dovecot');
      if (!existsSync(program === 'haproxy' ? HAPROXY : STUNNEL))
        skipUnlessRequired(this, `${program} missing: scripts/install-daemons`);
      expect(await verdict(program, configuration)).to.match(then);
    });
});
