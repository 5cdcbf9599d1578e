import { expect } from 'chai';

import { installedRoles, startDovecot } from '../../../src/endpoints/daemons/dovecot.js';
import {
  isImplicit,
  type DaemonConfiguration,
  type DaemonListener,
  type RunningDaemon,
} from '../../../src/endpoints/daemons/running-daemon.js';
import { Fault } from '../../../src/fault.js';
import type { PortRole } from '../../../src/protocols/protocol.js';
import { requireReal } from '../../support/real.js';
import { certificateFor } from './certificates.js';
import { hear, logIn, submit, type Heard } from './handmade-client.js';
import { AS_NOBODY, itLeavesNothingBehind, itServes } from './daemon-rows.js';

const account = { user: 'alice', password: 'correcthorse', message: 'Subject: canary\n\nfound in the inbox\n' };

const start = async (configuration: DaemonConfiguration, roles?: readonly PortRole[]): Promise<RunningDaemon> =>
  startDovecot({
    address: '127.0.0.2',
    configuration,
    certificate: (await certificateFor(configuration)).certificate,
    users: [account],
    ...(roles === undefined ? {} : { roles }),
  });

describe('Dovecot', function () {
  before(function () {
    requireReal(this, 'dovecot');
  });

  describe('good', () => {
    let dovecot: RunningDaemon;
    before(async () => (dovecot = await start('good')));
    after(() => dovecot.stop());
    const listener = (role: PortRole): DaemonListener => {
      const found = dovecot.listeners.find(({ portRole }) => portRole === role);
      if (found === undefined) throw new Error(`no listener for ${role}`);
      return found;
    };

    it('listens for all that is installed and says its version', () => {
      expect(dovecot.listeners.map(({ portRole }) => portRole)).to.deep.equal(installedRoles());
      expect(dovecot.version).to.match(/^2\.\d/);
    });

    for (const portRole of ['imap', 'pop3', 'sieve', 'submission'] as const) {
      it(`${portRole}: upgrades, and offers logins only inside`, async () => {
        const { ca } = await certificateFor('good');
        const heard = await hear(listener(portRole), { ca });
        expect(heard).to.deep.include({ offersUpgrade: true, offersLogin: false });
        expect(heard.tls).to.include({ version: 'TLSv1.3', authorized: true });
      });
    }
    for (const portRole of ['imaps', 'pop3s', 'submissions'] as const) {
      it(`${portRole}: speaks TLS at once`, async () => {
        const { ca } = await certificateFor('good');
        expect((await hear(listener(portRole), { ca })).tls).to.include({ version: 'TLSv1.3', authorized: true });
      });
    }
    for (const { portRole, welcome } of [
      { portRole: 'imap', welcome: /^c OK/m },
      { portRole: 'imaps', welcome: /^c OK/m },
      { portRole: 'pop3', welcome: /^\+OK/ },
      { portRole: 'pop3s', welcome: /^\+OK/ },
      { portRole: 'sieve', welcome: /^OK/ },
      { portRole: 'submission', welcome: /^235/ },
      { portRole: 'submissions', welcome: /^235/ },
    ] as const) {
      it(`${portRole}: lets the right password in, and no other`, async () => {
        expect(await logIn(listener(portRole), account.user, account.password)).to.match(welcome);
        expect(await logIn(listener(portRole), account.user, 'wrong')).not.to.match(welcome);
      });
    }
    it('holds the message, and learns of new accounts', async () => {
      for (const user of ['bob', 'carol', 'dave']) {
        dovecot.addUser({ user, password: 'later', message: 'Subject: two\n\ntext\n' });
        expect(await logIn(listener('imap'), user, 'later')).to.match(/^c OK/m);
      }
    });
    it('takes submitted mail', async () => {
      expect(await submit(listener('submission'), account, 'someone@elsewhere.invalid')).to.match(/^250 .*queued/);
    });
    it('keeps a log of what clients did, without our own waiting', () => {
      expect(dovecot.log()).to.match(/Login: user=<alice>.*rip=127\.0\.0\.1.*TLS/);
      expect(dovecot.log()).not.to.match(/rip=127\.0\.0\.3/);
    });
    it('accepts no version before TLS 1.2', async () => {
      const refusal = await hear(listener('imaps'), { versions: ['TLSv1', 'TLSv1.1'] }).then(
        () => 'accepted',
        (error: unknown) => String(error),
      );
      expect(refusal).to.match(/alert|disconnected|closed/i);
    });
  });

  const rows: readonly { configuration: DaemonConfiguration; seen: (heard: Heard) => unknown; expected: unknown }[] = [
    {
      configuration: 'plaintext-allowed',
      seen: (heard) => [heard.offersUpgrade, heard.offersLogin],
      expected: [true, true],
    },
    {
      configuration: 'no-tls',
      seen: (heard) => [heard.offersUpgrade, heard.offersLogin, heard.tls],
      expected: [false, true, undefined],
    },
    { configuration: 'self-signed', seen: (heard) => heard.tls?.why, expected: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    { configuration: 'expired', seen: (heard) => heard.tls?.why, expected: 'CERT_HAS_EXPIRED' },
    {
      configuration: 'wrong-name',
      seen: (heard) => heard.tls?.certificate.subjectaltname,
      expected: 'DNS:wrong.lab.test',
    },
  ];
  for (const { configuration, seen, expected } of rows) {
    it(`${configuration}: is wrong in exactly that, on every port`, async () => {
      const { ca } = await certificateFor(configuration);
      await using dovecot = await start(configuration);
      const all = await Promise.all(
        dovecot.listeners
          .filter(({ portRole }) => configuration !== 'plaintext-allowed' || !isImplicit(portRole))
          .map(async (listener) => [listener.portRole, seen(await hear(listener, { ca }))]),
      );
      expect(all).to.deep.equal(all.map(([role]) => [role, expected]));
      expect(all).to.have.length.of.at.least(4);
    });
  }
  it('tls10: accepts TLS 1.0 and still TLS 1.3', async () => {
    await using dovecot = await start('tls10', ['imap', 'imaps']);
    for (const listener of dovecot.listeners) {
      expect((await hear(listener, { versions: ['TLSv1', 'TLSv1'] })).tls).to.include({ version: 'TLSv1' });
      expect((await hear(listener)).tls).to.include({ version: 'TLSv1.3' });
    }
  });

  it('says so when a well-known port is taken, or the address is not ours', async () => {
    const { certificate } = await certificateFor('good');
    const options = { configuration: 'good', certificate, users: [], roles: ['sieve'], ports: 'well-known' } as const;
    await using first = await startDovecot({ ...options, address: '127.0.0.77' });
    expect(first.listeners).to.deep.equal([{ portRole: 'sieve', address: '127.0.0.77', port: 4190 }]);
    for (const rest of [{ address: '127.0.0.77' }, { address: '198.51.100.7', ports: 'free' }] as const) {
      const outcome = await startDovecot({ ...options, ...rest }).then(String, (error: unknown) => error);
      expect(outcome).to.be.instanceOf(Fault).with.property('code', 'CANNOT_BIND');
    }
  });
  it('refuses accounts that its file cannot hold', async () => {
    const { certificate } = await certificateFor('good');
    const outcome = await startDovecot({
      address: '127.0.0.2',
      configuration: 'good',
      certificate,
      users: [{ user: 'a:b', password: 'x' }],
    }).then(String, (error: unknown) => error);
    expect(outcome).to.be.instanceOf(Fault).with.property('code', 'BAD_USAGE');
  });

  const wellKnown = [143, 993, 110, 995, 4190, 587, 465];
  itServes('dovecot', [
    { title: 'under a strict umask', env: { OWNER_UMASK: '077' }, ports: 'free', logins: /^(c OK|235)/ },
    { title: 'an unprivileged user', prefix: AS_NOBODY, ports: 'free', logins: /^(c OK|235)/ },
    { title: 'in a cell, on the well-known ports', place: 'cell', ports: wellKnown, logins: /^(c OK|235)/ },
    {
      title: 'in a cell, an unprivileged user, on the well-known ports',
      place: 'cell',
      prefix: AS_NOBODY,
      ports: wellKnown,
      logins: /^(c OK|235)/,
    },
  ]);
  itLeavesNothingBehind('dovecot');
});
