import { expect } from 'chai';

import { commandDriver } from '../../src/clients/command.js';
import type { Driver } from '../../src/clients/driver.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { openSession, type SessionFolder } from '../../src/place/visit-home.js';
import type { PortRole, ProtocolName } from '../../src/protocols/protocol.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { needs } from '../support/installed.js';
import { ACCOUNT, visitThrough } from './through.js';

describe('The middle seat between curl and a real Dovecot', function () {
  this.timeout(60_000);
  let ours: Authority;
  let theirs: Authority;
  let server: RunningDaemon;
  let folder: SessionFolder;

  before(async function () {
    needs(this, 'dovecot');
    needs(this, 'curl');
    [ours, theirs] = await Promise.all([createAuthority(), createAuthority()]);
    const certificate = await theirs.issue('good', { dns: ['localhost'], ip: ['127.0.0.2'] });
    server = await startDovecot({ address: '127.0.0.2', configuration: 'good', certificate, users: [{ ...ACCOUNT, message: 'Subject: waiting\r\n\r\nin the lab\r\n' }] });
    folder = openSession();
  });

  after(async () => {
    await (server as RunningDaemon | undefined)?.stop();
    await (folder as SessionFolder | undefined)?.remove();
  });

  const curl = (flag: string, args: readonly string[]): Driver =>
    commandDriver(['curl', '-q', '-sS', flag, '--cacert', '{ca}', '--user', '{user}:{password}', ...args], { folder, trust: ours });

  const ROWS: readonly { readonly protocol: ProtocolName; readonly role: PortRole; readonly args: readonly string[]; readonly prints?: RegExp }[] = [
    { protocol: 'imap', role: 'imap', args: ['{url}/INBOX;MAILINDEX=1'], prints: /in the lab/ },
    { protocol: 'pop3', role: 'pop3', args: ['{url}/1'], prints: /in the lab/ },
    // Dovecot relays to nobody here: it takes the login, and refuses the mail.
    { protocol: 'smtp', role: 'submission', args: ['--mail-from', '{from}', '--mail-rcpt', '{to}', '-T', '{message}', '{url}'] },
  ];
  const FLAGS = [
    { flag: '--ssl-reqd', status: 'safe' },
    { flag: '--ssl', status: 'unsafe' },
  ] as const;

  for (const { protocol, role, args, prints } of ROWS) {
    for (const { flag, status } of FLAGS) {
      it(`${flag} is ${status} in ${role} when the upgrade vanishes`, async function () {
        const port = server.listeners.find(({ portRole }) => portRole === role)?.port;
        if (port === undefined) this.skip();
        const judged = await visitThrough(curl(flag, args), ours, { host: '127.0.0.2', port, protocol, tls: 'starttls' }, ['starttls-not-offered'], { ca: theirs.pem });
        const [control, stripped] = [judged['control'], judged['starttls-not-offered']];
        expect(control?.judgement.status, control?.story).to.equal('safe');
        expect(stripped?.judgement.status, stripped?.story).to.equal(status);
        if (prints !== undefined) expect(control?.visit.client.stdout).to.match(prints);
        // The stripped client got what it came for: nothing told its user.
        if (prints !== undefined && status === 'unsafe') expect(stripped?.visit.client.stdout).to.match(prints);
      });
    }
  }

  it('is passed unharmed inside TLS from the first byte', async () => {
    const port = server.listeners.find(({ portRole }) => portRole === 'imaps')?.port ?? 0;
    const { control } = await visitThrough(curl('--ssl', ['{url}/INBOX;MAILINDEX=1']), ours, { host: '127.0.0.2', port, protocol: 'imap', tls: 'implicit' }, [], { ca: theirs.pem });
    expect(control?.judgement.status, control?.story).to.equal('safe');
    expect(control?.visit.client.stdout).to.match(/in the lab/);
  });
});
