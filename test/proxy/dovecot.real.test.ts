import { expect } from 'chai';
import { ImapFlow } from 'imapflow';

import { functionDriver } from '../../src/clients/function.js';
import { commandDriver } from '../../src/clients/command.js';
import type { Driver } from '../../src/clients/driver.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { openSession, type SessionFolder } from '../../src/place/visit-home.js';
import type { PortRole, ProtocolName } from '../../src/protocols/protocol.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { requireReal } from '../support/real.js';
import { ACCOUNT } from '../support/submission-server.js';
import { visitThrough } from './through.js';

describe('The middle seat before a real Dovecot', function () {
  this.timeout(60_000);
  let ours: Authority;
  let theirs: Authority;
  let server: RunningDaemon;
  let folder: SessionFolder;

  before(async function () {
    requireReal(this, 'dovecot', 'curl');
    [ours, theirs] = await Promise.all([createAuthority(), createAuthority()]);
    const certificate = await theirs.issue('good', { dns: ['localhost'], ip: ['127.0.0.2'] });
    server = await startDovecot({
      address: '127.0.0.2',
      configuration: 'good',
      certificate,
      users: [{ ...ACCOUNT, message: 'Subject: waiting\r\n\r\nin the lab\r\n' }],
    });
    folder = openSession();
  });

  after(async () => {
    await (server as RunningDaemon | undefined)?.stop();
    await (folder as SessionFolder | undefined)?.remove();
  });

  const portOf = (role: PortRole): number => server.listeners.find(({ portRole }) => portRole === role)?.port ?? 0;

  const curl = (flag: string, args: readonly string[]): Driver =>
    commandDriver(['curl', '-q', '-sS', flag, '--cacert', '{ca}', '--user', '{user}:{password}', ...args], {
      folder,
      trust: ours,
    });

  const ROWS: readonly {
    readonly protocol: ProtocolName;
    readonly role: PortRole;
    readonly args: readonly string[];
    readonly prints?: RegExp;
  }[] = [
    { protocol: 'imap', role: 'imap', args: ['{url}/INBOX;MAILINDEX=1'], prints: /in the lab/ },
    { protocol: 'pop3', role: 'pop3', args: ['{url}/1'], prints: /in the lab/ },
    // Dovecot relays to nobody here: it takes the login, and refuses the mail.
    {
      protocol: 'smtp',
      role: 'submission',
      args: ['--mail-from', '{from}', '--mail-rcpt', '{to}', '-T', '{message}', '{url}'],
    },
  ];
  const FLAGS = [
    { flag: '--ssl-reqd', status: 'safe' },
    { flag: '--ssl', status: 'unsafe' },
  ] as const;

  for (const { protocol, role, args, prints } of ROWS) {
    for (const { flag, status } of FLAGS) {
      it(`curl ${flag} is ${status} in ${role} when the upgrade vanishes`, async () => {
        const port = portOf(role);
        const judged = await visitThrough(
          curl(flag, args),
          ours,
          { host: '127.0.0.2', port, protocol, tls: 'starttls' },
          ['starttls-not-offered'],
          { ca: theirs.pem },
        );
        const [control, stripped] = [judged['control'], judged['starttls-not-offered']];
        expect(control?.judgement.status, control?.story).to.equal('safe');
        expect(stripped?.judgement.status, stripped?.story).to.equal(status);
        if (prints !== undefined) expect(control?.visit.client.stdout).to.match(prints);
        // The stripped client got what it came for: nothing told its user.
        if (prints !== undefined && status === 'unsafe') expect(stripped?.visit.client.stdout).to.match(prints);
      });
    }
  }

  it('tells imapflow of new mail while it rests in IDLE, and brings it a large message', async () => {
    const port = portOf('imap');
    const body = `Subject: large\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(30_000)}`;
    const seen: { exists?: number; size?: number } = {};
    const client = functionDriver(async ({ host, port: here, user, password, ca }) => {
      const flow = new ImapFlow({
        host,
        port: here,
        secure: false,
        doSTARTTLS: true,
        auth: { user, pass: password },
        tls: { ca },
        logger: false,
      });
      await flow.connect();
      const lock = await flow.getMailboxLock('INBOX');
      const news = new Promise<number>((resolve) => {
        flow.once('exists', ({ count }: { count: number }) => {
          resolve(count);
        });
      });
      const idling = flow.idle();
      // Somebody else delivers, straight to the real server.
      const other = new ImapFlow({
        host: '127.0.0.2',
        port,
        secure: false,
        doSTARTTLS: true,
        auth: { user, pass: password },
        tls: { ca: theirs.pem, servername: 'localhost' },
        logger: false,
      });
      await other.connect();
      await other.append('INBOX', body);
      await other.logout();
      seen.exists = await news;
      await flow.noop();
      await idling;
      const message = await flow.fetchOne('*', { source: true });
      if (message !== false) seen.size = message?.source?.length ?? 0;
      lock.release();
      await flow.logout();
    });
    const { control } = await visitThrough(
      client,
      ours,
      { host: '127.0.0.2', port, protocol: 'imap', tls: 'starttls' },
      [],
      { ca: theirs.pem },
    );
    expect(control?.visit.client.error, control?.story.slice(-2000)).to.equal(undefined);
    expect(seen.exists).to.be.greaterThan(1);
    expect(seen.size).to.equal(body.length);
  });

  it('strips sieve-connect of nothing', async function () {
    requireReal(this, 'sieve-connect');
    const command =
      'exec sieve-connect --server {host} --port {port} --user {user} --tlscafile {ca} --list --passwordfd 3 3< password';
    const driver = commandDriver([command], {
      folder,
      trust: ours,
      shell: true,
      files: { 'work/password': '{password}\n' },
    });
    const judged = await visitThrough(
      driver,
      ours,
      { host: '127.0.0.2', port: portOf('sieve'), protocol: 'managesieve', tls: 'starttls' },
      ['starttls-not-offered'],
      { ca: theirs.pem },
    );
    const [control, stripped] = [judged['control'], judged['starttls-not-offered']];
    expect(control?.judgement.status, control?.story).to.equal('safe');
    expect(stripped?.judgement.status, stripped?.story).to.equal('safe');
  });

  it('is passed unharmed inside TLS from the first byte', async () => {
    const port = portOf('imaps');
    const { control } = await visitThrough(
      curl('--ssl', ['{url}/INBOX;MAILINDEX=1']),
      ours,
      { host: '127.0.0.2', port, protocol: 'imap', tls: 'implicit' },
      [],
      { ca: theirs.pem },
    );
    expect(control?.judgement.status, control?.story).to.equal('safe');
    expect(control?.visit.client.stdout).to.match(/in the lab/);
  });
});
