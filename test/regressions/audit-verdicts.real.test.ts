import { networkInterfaces } from 'node:os';
import { hostPort } from '../../src/wire/host-port.js';
import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import type { AuditResult } from '../../src/audit/result.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { DaemonOptions, RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { requireReal } from '../support/real.js';

// Verdicts on real servers that were once wrong.

interface Row {
  readonly title: string;
  readonly daemon: 'dovecot' | 'postfix';
  readonly options: Partial<DaemonOptions>;
  /** Statuses of the checks that matter; words of the reason behind the status, where they do. */
  readonly expected: Readonly<Record<string, string | RegExp>>;
}

const NO_KEY = ['smtpd_tls_cert_file =', 'smtpd_tls_key_file =', 'smtpd_tls_exclude_ciphers ='];

const ROWS: readonly Row[] = [
  {
    title: 'no ssl_dh: TLS 1.2 is accepted, and DHE breaks',
    daemon: 'dovecot',
    options: { roles: ['imaps', 'imap', 'pop3s'] },
    expected: { 'tls-1-2-missing': 'pass', 'tls-1-3-missing': 'pass', 'dhe-breaks-handshake': 'fail' },
  },
  {
    title: 'no ssl_dh, TLS 1.2 only',
    daemon: 'dovecot',
    options: { roles: ['imaps', 'imap'], settings: ['ssl_min_protocol = TLSv1.2', 'ssl_cipher_list = DEFAULT'] },
    expected: { 'tls-1-2-missing': 'pass', 'dhe-breaks-handshake': 'fail' },
  },
  {
    title: 'no certificate at all',
    daemon: 'postfix',
    options: { roles: ['submission', 'smtp'], settings: [...NO_KEY, 'smtpd_tls_cert_file = none'] },
    expected: {
      'starttls-unusable': /^fail: the server has no certificate that it can show/,
      'certificate-untrusted': 'not-applicable',
      'tls-1-2-missing': 'inconclusive',
    },
  },
  {
    title: 'a key file that is not there',
    daemon: 'postfix',
    options: { roles: ['submission', 'smtp'], settings: ['smtpd_tls_key_file = /nonexistent'] },
    // Some versions go on with anonymous suites, as above.
    expected: { 'starttls-refused': /^fail: STARTTLS is advertised, but refused: 454 / },
  },
  {
    title: 'TLS 1.2 only, the server chooses the suite, anonymous ones included',
    daemon: 'postfix',
    options: {
      roles: ['submission'],
      settings: [
        'smtpd_tls_protocols = TLSv1.2',
        'smtpd_tls_mandatory_protocols = TLSv1.2',
        'tls_preempt_cipherlist = yes',
        'smtpd_tls_exclude_ciphers =',
      ],
    },
    expected: {
      'starttls-unusable': 'pass',
      'certificate-untrusted': 'pass',
      'certificate-wrong-name': 'pass',
      'tls-1-2-missing': 'pass',
      'anonymous-suites-accepted': 'fail',
    },
  },
  {
    title: 'asked from its own address',
    daemon: 'dovecot',
    options: { address: '127.0.0.1', roles: ['imap', 'pop3', 'sieve'] },
    expected: { 'login-accepted-before-tls': 'pass', 'login-offered-before-tls': 'pass' },
  },
  {
    title: 'asked from its own address, which is not the first one of the loopback',
    daemon: 'dovecot',
    options: { address: '127.0.0.9', roles: ['imap', 'pop3'] },
    expected: { 'login-accepted-before-tls': 'pass', 'login-offered-before-tls': 'pass' },
  },
  // From another address of IPv6, where the machine has one.
  ...(networkInterfaces()['lo']?.some(({ address }) => address === '::1') === true
    ? [
        {
          title: 'asked from its own address, IPv6',
          daemon: 'dovecot' as const,
          options: { address: '::1', roles: ['imap'] as const },
          expected: { 'login-accepted-before-tls': /^(?:pass: PLAIN is refused|inconclusive: .*own machine)/ },
        },
      ]
    : []),
  // An address that others reach too; what goes there stays on this machine.
  ...Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .flatMap(({ address, family }) => [
      {
        title: `asked from the machine of its address, which others reach too, ${family}`,
        daemon: 'dovecot' as const,
        options: { address, roles: ['imap', 'pop3'] as const },
        expected: { 'login-accepted-before-tls': 'pass', 'login-offered-before-tls': 'pass' },
      },
      {
        title: `which lets webmail on its own machine in without TLS, ${family}`,
        daemon: 'dovecot' as const,
        options: { address, roles: ['imap'] as const, settings: ['login_trusted_networks = 127.0.0.0/8 ::1/128'] },
        expected: { 'login-accepted-before-tls': /^(?:pass: |inconclusive: .*own machine)/ },
      },
    ]),
  {
    title: 'logins are taken in clear by all listeners',
    daemon: 'dovecot',
    options: { configuration: 'plaintext-allowed', roles: ['imap', 'pop3', 'sieve'] },
    expected: { 'login-accepted-before-tls': 'fail' },
  },
];

const start = { dovecot: startDovecot, postfix: startPostfix };

describe('verdicts on real servers', () => {
  for (const { title, daemon, options, expected } of ROWS) {
    it(`${daemon}: ${title}`, async function () {
      requireReal(this, daemon);
      const authority = await createAuthority({ keyType: 'rsa' });
      const address = daemon === 'dovecot' ? '127.0.0.2' : '127.0.0.3';
      await using server: RunningDaemon = await start[daemon]({
        address,
        configuration: 'good',
        certificate: await authority.issue('good', { dns: ['mail.lab.test'], ip: [] }),
        users: [{ user: 'alice', password: 'correcthorse' }],
        ...options,
      });
      const { results, faults } = await audit(
        server.listeners.map((each) => `${each.portRole}://${hostPort(each.address, each.port)}`),
        { authorities: [authority.pem], servername: 'mail.lab.test' },
      );
      expect(faults.map(({ fault }) => fault.message)).to.deep.equal([]);
      for (const [id, wanted] of Object.entries(expected)) {
        const said = results.filter((result) => result.id === id).map(told);
        expect(said, id).to.not.be.empty;
        for (const each of said)
          expect(each).to.match(typeof wanted === 'string' ? new RegExp(`^${wanted}: `) : wanted);
      }
    }).timeout(60_000);
  }
});

describe('a real limit of connections', () => {
  it('postfix, two in four seconds: waited for, and told', async function () {
    requireReal(this, 'postfix');
    const authority = await createAuthority({ keyType: 'rsa' });
    await using server = await startPostfix({
      address: '127.0.0.3',
      configuration: 'good',
      certificate: await authority.issue('good', { dns: ['mail.lab.test'], ip: [] }),
      users: [{ user: 'alice', password: 'correcthorse' }],
      roles: ['submission'],
      // Clients of its own network are not counted by default.
      settings: [
        'smtpd_client_connection_rate_limit = 2',
        'smtpd_client_event_limit_exceptions =',
        'anvil_rate_time_unit = 4s',
      ],
    });
    const { results, notes } = await audit(
      server.listeners.map((each) => `${each.portRole}://${each.address}:${String(each.port)}`),
      {
        authorities: [authority.pem],
        servername: 'mail.lab.test',
        checks: checks.filter(({ id }) => /^(tls|starttls|certificate)-/.test(id)),
        patience: { backOff: 500 },
      },
    );
    const others = results.filter(({ status }) => status !== 'pass' && status !== 'not-applicable');
    expect(others.map(told)).to.deep.equal([]);
    expect(notes.join()).to.match(/^127\.0\.0\.3 limits connections: \d+ s were spent waiting for it$/);
  }).timeout(60_000);
});

const told = ({ status, because }: AuditResult): string => `${status}: ${because}`;
