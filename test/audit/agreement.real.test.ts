import { expect } from 'chai';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { DaemonConfiguration, DaemonOptions } from '../../src/endpoints/daemons/running-daemon.js';
import { startSmtpServer } from '../../src/endpoints/daemons/smtp-server.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { assertAgreement, type Difference } from '../support/agreement.js';
import { GOOD_EXIM, requireExim, startExim, type EximSettings } from '../support/exim.js';
import { requireReal } from '../support/real.js';

// The versions, suites, groups and certificates of real servers, on both doors, as waxseal, sslscan, nmap and openssl see them, side by side.

interface Row {
  readonly title: string;
  readonly start: (
    authority: Authority,
  ) => Promise<AsyncDisposable & { readonly port: number; readonly address: string }>;
  readonly role: PortRole;
  readonly differences?: readonly Difference[];
  readonly versions: readonly string[];
}

const NAMES = { dns: ['mail.lab.test'], ip: ['127.0.0.2'] };
const USERS = [{ user: 'alice', password: 'correcthorse' }];

const daemon =
  (
    start: typeof startDovecot,
    role: PortRole,
    configuration: DaemonConfiguration,
    more: { readonly settings?: readonly string[]; readonly key?: 'rsa' } = {},
  ): Row['start'] =>
  async (authority) => {
    const options: DaemonOptions = {
      address: '127.0.0.2',
      configuration,
      certificate: await authority.issue('good', NAMES, more.key),
      users: USERS,
      roles: [role],
      ...(more.settings && { settings: more.settings }),
    };
    const running = await start(options);
    const port = running.listeners.find(({ portRole }) => portRole === role)?.port ?? 0;
    return { port, address: '127.0.0.2', [Symbol.asyncDispose]: () => running.stop() };
  };

const exim =
  (settings: EximSettings): Row['start'] =>
  async () => {
    const { server } = await startExim('127.0.0.2', settings);
    return {
      port: server.ports[2] ?? 0,
      address: '127.0.0.2',
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  };

const ROWS: readonly Row[] = [
  {
    title: 'Dovecot, good',
    role: 'imaps',
    start: daemon(startDovecot, 'imaps', 'good'),
    versions: ['TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Dovecot, TLS 1.0, RSA, with parameters for DHE',
    role: 'imaps',
    start: daemon(startDovecot, 'imaps', 'tls10', { key: 'rsa', settings: ['ssl_dh = </usr/share/dovecot/dh.pem'] }),
    versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Dovecot, RSA, without parameters for DHE',
    role: 'imaps',
    start: daemon(startDovecot, 'imaps', 'good', { key: 'rsa', settings: ['ssl_cipher_list = ALL:!aNULL:!eNULL'] }),
    versions: ['TLSv1.2', 'TLSv1.3'],
    differences: [
      {
        tool: 'sslscan',
        of: /^TLSv1\.2 /,
        seenBy: 'waxseal',
        why: 'sslscan offers DHE with everything else; this Dovecot chooses it, has no parameters, and closes without an alert: sslscan finds no suite of TLS 1.2',
      },
    ],
  },
  {
    title: 'Dovecot, everything that its OpenSSL has',
    role: 'imaps',
    start: daemon(startDovecot, 'imaps', 'tls10', {
      key: 'rsa',
      settings: ['ssl_dh = </usr/share/dovecot/dh.pem', 'ssl_cipher_list = ALL:eNULL:@SECLEVEL=0'],
    }),
    versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Postfix, good',
    role: 'submissions',
    start: daemon(startPostfix, 'submissions', 'good'),
    versions: ['TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Postfix, TLS 1.0',
    role: 'submissions',
    start: daemon(startPostfix, 'submissions', 'tls10', { key: 'rsa' }),
    versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Exim with GnuTLS, good',
    role: 'submissions',
    start: exim(GOOD_EXIM),
    versions: ['TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Exim with GnuTLS, TLS 1.0',
    role: 'submissions',
    start: exim({ ...GOOD_EXIM, main: ['tls_advertise_hosts = *', 'tls_require_ciphers = NORMAL:+VERS-TLS-ALL'] }),
    versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Dovecot, good, behind STARTTLS',
    role: 'imap',
    start: daemon(startDovecot, 'imap', 'good'),
    versions: ['TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Postfix, TLS 1.0, behind STARTTLS',
    role: 'submission',
    start: daemon(startPostfix, 'submission', 'tls10', { key: 'rsa' }),
    versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'smtp-server (Node)',
    role: 'submissions',
    start: daemon(startSmtpServer, 'submissions', 'good'),
    versions: ['TLSv1.2', 'TLSv1.3'],
  },
];

describe('a full audit and other tools see the same', function () {
  this.timeout(120_000);
  let authority: Authority;

  before(async function () {
    requireReal(this, 'dovecot', 'postfix', 'openssl', 'sslscan', 'nmap');
    authority = await createAuthority();
  });

  for (const { title, start, role, differences, versions } of ROWS) {
    it(title, async function () {
      if (title.startsWith('Exim')) requireExim(this);
      await using running = await start(authority);
      const seen = await assertAgreement({ ...running, role, ...(differences && { differences }) });
      expect(seen).to.deep.equal(versions);
    });
  }
});
