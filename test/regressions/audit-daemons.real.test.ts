import { expect } from 'chai';

import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { DaemonConfiguration, DaemonOptions, RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { audit, type AuditSession } from '../../src/audit/audit.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { until } from '../support/processes.js';
import { requireReal } from '../support/real.js';

const users = [{ user: 'alice', password: 'correcthorse' }];

const LOGIN = ['login-accepted-before-tls', 'login-offered-before-tls'];
const CERTIFICATES = {
  'self-signed': ['certificate-untrusted'],
  expired: ['certificate-out-of-date'],
  'wrong-name': ['certificate-wrong-name'],
};
const OLD = ['tls-1-0-accepted', 'tls-1-1-accepted'];

/** Checks that fail, by configuration; nothing else may. */
const DAEMONS: readonly {
  readonly name: 'dovecot' | 'postfix';
  readonly start: (options: DaemonOptions) => Promise<RunningDaemon>;
  readonly address: string;
  readonly roles: readonly PortRole[];
  readonly fails: Readonly<Record<DaemonConfiguration, readonly string[]>>;
}[] = [
  {
    name: 'dovecot',
    start: startDovecot,
    // Dovecot 2.3 calls a connection between two equal addresses secure.
    address: '127.0.0.2',
    roles: ['imap', 'imaps', 'pop3', 'pop3s', 'sieve'],
    // 2.3 remembers USER from before STLS, where it takes it there at all.
    fails: {
      good: [],
      'plaintext-allowed': [...LOGIN, 'user-kept-over-upgrade'],
      'no-tls': [...LOGIN, 'starttls-not-advertised'],
      tls10: OLD,
      ...CERTIFICATES,
    },
  },
  {
    name: 'postfix',
    start: startPostfix,
    address: '127.0.0.3',
    roles: ['smtp', 'submission', 'submissions'],
    fails: {
      good: [],
      'plaintext-allowed': [...LOGIN, 'mail-accepted-before-tls'],
      'no-tls': [...LOGIN, 'mail-accepted-before-tls', 'starttls-not-advertised'],
      tls10: OLD,
      ...CERTIFICATES,
    },
  },
];

const audited = async (server: RunningDaemon, ca: string): Promise<AuditSession> =>
  audit(
    server.listeners.map(({ portRole, address, port }) => `${portRole}://${address}:${String(port)}`),
    { authorities: [ca], servername: 'mail.lab.test' },
  );

for (const { name, start, address, roles, fails } of DAEMONS) {
  describe(`audit of a real ${name}`, () => {
    before(function () {
      requireReal(this, name);
    });

    for (const [configuration, expected] of Object.entries(fails) as [DaemonConfiguration, readonly string[]][]) {
      it(`${configuration}: ${expected.length === 0 ? 'nothing is found' : expected.join(', ')}`, async () => {
        const { certificate, ca } = await certificateFor(configuration);
        await using server = await start({ address, configuration, certificate, users, roles });
        const { results, faults, connections, listeners } = await audited(server, ca);
        expect(faults).to.deep.equal([]);
        expect(
          [...new Set(results.filter(({ status }) => status === 'fail').map(({ id }) => id))].sort(),
        ).to.deep.equal([...expected].sort());
        expect(results.filter(({ status }) => status === 'inconclusive').map((result) => result.because)).to.deep.equal(
          [],
        );
        // Dovecot refuses six hellos without a word; that no limit of connections cut them takes a dozen more.
        expect(connections.length).to.be.at.most(listeners.length * (name === 'dovecot' ? 40 : 25));
      });
    }

    if (name !== 'dovecot') return;
    it('leaves no more than four lines that a ban filter counts', async () => {
      const { certificate, ca } = await certificateFor('good');
      await using server = await start({ address, configuration: 'good', certificate, users, roles });
      await audited(server, ca);
      const counted = (): string[] =>
        server
          .log()
          .split('\n')
          .filter((line) => COUNTED.test(line));
      // One for each listener where a login begins in clear: IMAP, POP3, ManageSieve.
      await until('the attempts are in the log', () => counted().length >= 3, 5000);
      expect(counted().length).to.be.at.most(4);
    });
  });
}

// What fail2ban's filter for Dovecot looks for, as of 1.0.2.
const COUNTED = /\((?:auth failed|tried to use (?:disabled|disallowed) \S+ auth|proxy dest auth failed)/;
