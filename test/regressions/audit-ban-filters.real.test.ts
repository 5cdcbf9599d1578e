import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { DaemonConfiguration, RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { waxseal } from '../cli/run-cli.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { countedBy, requireBanFilters } from '../support/ban-filter.js';
import { EXIM_ROLES, GOOD_EXIM, requireExim, startExim } from '../support/exim.js';
import { until } from '../support/processes.js';
import { requireReal } from '../support/real.js';

const ADDRESS = '127.0.0.6';
const users = [{ user: 'alice', password: 'correcthorse' }];

interface Login {
  readonly status: string;
  readonly because: string;
}

/** What a default audit of these listeners ends with, and what became of the attempts to log in in clear, by port role. */
const audited = async (urls: readonly string[], ca: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  try {
    writeFileSync(join(folder, 'ca.pem'), ca);
    const { code, stdout } = await waxseal(
      ...['audit', ...urls, '--ca', join(folder, 'ca.pem'), '--servername', 'mail.lab.test', '--format', 'json'],
    );
    const { results, traffic } = JSON.parse(stdout) as {
      traffic: { loginAttempts: number; logLines: number };
      results: (Login & { id: string; portRole: string })[];
    };
    const logins: Record<string, Login> = {};
    for (const { id, portRole, status, because } of results)
      if (id === 'login-accepted-before-tls') logins[portRole] = { status, because };
    return { code, logins, traffic };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const urlsOf = ({ listeners }: RunningDaemon): string[] =>
  listeners.map(({ portRole, address, port }) => `${portRole}://${address}:${String(port)}`);

/** Dovecot writes its line when the client has gone. */
const dovecotCounts = async (server: RunningDaemon, wanted: number): Promise<string[]> => {
  let lines: string[] = [];
  await until(
    'the attempts are in the log',
    async () => {
      lines = await countedBy('dovecot', server.log());
      return lines.length >= wanted;
    },
    10_000,
  );
  return lines;
};

describe('a default audit and fail2ban’s own filters', () => {
  before(function () {
    requireReal(this, 'dovecot', 'postfix');
    requireBanFilters(this);
  });

  const dovecot = async (configuration: DaemonConfiguration, certificate: { certPem: string; keyPem: string }) =>
    startDovecot({
      address: ADDRESS,
      configuration,
      certificate,
      users,
      roles: ['imap', 'imaps', 'pop3', 'pop3s', 'sieve'],
    });

  for (const [title, configuration, settings, code] of [
    ['good', 'good', [], 0],
    ['good, with logins on port 25 inside TLS', 'good', ['smtpd_sasl_auth_enable = yes'], 0],
    ['logins in clear', 'plaintext-allowed', [], 1],
  ] as const) {
    it(`Postfix and Dovecot, eight ports, ${title}: everything is asked, and at most four lines are counted`, async () => {
      const { certificate, ca } = await certificateFor(configuration);
      await using mailbox = await dovecot(configuration, certificate);
      await using transfer = await startPostfix({
        address: ADDRESS,
        configuration,
        certificate,
        users,
        settings,
        roles: ['smtp', 'submission', 'submissions'],
      });
      const told = await audited([...urlsOf(transfer), ...urlsOf(mailbox)], ca);
      const wanted = configuration === 'good' ? 'pass' : 'fail';
      for (const role of ['imap', 'pop3', 'sieve', 'submission'])
        expect(told.logins[role]?.status, `${role}: ${told.logins[role]?.because ?? ''}`).to.equal(wanted);
      expect(Object.values(told.logins).filter(({ status }) => status === 'inconclusive')).to.deep.equal([]);
      expect(told.code).to.equal(code);
      const counted = [
        ...(await dovecotCounts(mailbox, configuration === 'good' ? 3 : 1)),
        ...(await countedBy('postfix[mode=extra]', transfer.log())),
      ];
      expect(counted.length, counted.join('\n')).to.be.at.most(told.traffic.logLines);
      expect(told.traffic.logLines).to.be.at.most(4);
    }).timeout(90_000);
  }

  for (const [title, hasSieve, left] of [
    ['IMAP and POP3', false, undefined],
    ['IMAP, POP3 and ManageSieve', true, 'smtp'],
  ] as const) {
    it(`Exim and Dovecot, ${title}: ${left === undefined ? 'everything is asked' : `port 25 is left out, and not passed over`}`, async function () {
      requireExim(this);
      const { certificate } = await certificateFor('good');
      await using mailbox = await startDovecot({
        address: ADDRESS,
        configuration: 'good',
        certificate,
        users,
        roles: ['imap', 'imaps', 'pop3', 'pop3s', ...(hasSieve ? (['sieve'] as const) : [])],
      });
      const { server, ca } = await startExim(ADDRESS, GOOD_EXIM);
      await using transfer = server;
      const told = await audited(
        [
          ...EXIM_ROLES.map((role, index) => `${role}://${ADDRESS}:${String(transfer.ports[index])}`),
          ...urlsOf(mailbox),
        ],
        ca,
      );
      for (const role of Object.keys(told.logins).filter((each) => each !== 'imaps'))
        if (role !== left) expect(told.logins[role]?.status, role).to.be.oneOf(['pass', 'not-applicable']);
      if (left !== undefined) {
        expect(told.logins[left]?.status).to.equal('inconclusive');
        expect(told.logins[left]?.because).to.match(/login limit reached \(4 per address/);
      }
      expect(told.code).to.equal(left === undefined ? 0 : 3);
      const exim = await countedBy('exim', readFileSync(join(transfer.folder, 'log/main'), 'utf8'));
      const all = [...(await dovecotCounts(mailbox, hasSieve ? 3 : 2)), ...exim];
      expect(exim).to.have.lengthOf(left === undefined ? 2 : 1);
      expect(all.length, all.join('\n')).to.equal(4);
      expect(told.traffic.logLines).to.equal(4);
    }).timeout(90_000);
  }
});
