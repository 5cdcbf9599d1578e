import { expect } from 'chai';

import { startPostfix } from '../../../src/endpoints/daemons/postfix.js';
import {
  isImplicit,
  type DaemonConfiguration,
  type DaemonListener,
  type RunningDaemon,
} from '../../../src/endpoints/daemons/running-daemon.js';
import type { PortRole } from '../../../src/protocols/protocol.js';
import { requireReal, skipUnlessRequired } from '../../support/real.js';
import { certificateFor } from './certificates.js';
import { deliver, hear, logIn, type Heard } from './handmade-client.js';
import { itLeavesNothingBehind, itServes } from './daemon-rows.js';

const account = { user: 'alice', password: 'correcthorse' };

const start = async (configuration: DaemonConfiguration, roles?: readonly PortRole[]): Promise<RunningDaemon> =>
  startPostfix({
    address: '127.0.0.2',
    configuration,
    certificate: (await certificateFor(configuration)).certificate,
    users: [account],
    ...(roles === undefined ? {} : { roles }),
  });

describe('Postfix', function () {
  before(function () {
    requireReal(this, 'postfix', 'dovecot');
    if (process.geteuid?.() !== 0) skipUnlessRequired(this, 'Postfix needs root');
  });

  describe('good', () => {
    let postfix: RunningDaemon;
    before(async () => (postfix = await start('good')));
    after(() => postfix.stop());
    const listener = (role: PortRole): DaemonListener => {
      const found = postfix.listeners.find(({ portRole }) => portRole === role);
      if (found === undefined) throw new Error(`no listener for ${role}`);
      return found;
    };

    it('listens on its three ports and says its version', () => {
      expect(postfix.listeners.map(({ portRole }) => portRole)).to.deep.equal(['smtp', 'submission', 'submissions']);
      expect(postfix.version).to.match(/^3\.\d/);
    });
    for (const portRole of ['smtp', 'submission', 'submissions'] as const) {
      it(`${portRole}: encrypts, and offers logins only inside`, async () => {
        const { ca } = await certificateFor('good');
        const heard = await hear(listener(portRole), { ca });
        expect(heard.tls).to.include({ version: 'TLSv1.3', authorized: true });
        if (!isImplicit(portRole)) expect(heard).to.deep.include({ offersUpgrade: true, offersLogin: false });
        expect(/^250[ -]AUTH .*PLAIN/m.test(heard.tls?.capabilities ?? '')).to.equal(portRole !== 'smtp');
      });
    }
    for (const portRole of ['submission', 'submissions'] as const) {
      it(`${portRole}: lets the right password in, and no other`, async () => {
        expect(await logIn(listener(portRole), account.user, account.password)).to.match(/^235/);
        expect(await logIn(listener(portRole), account.user, 'wrong')).to.match(/^535/);
      });
    }
    it('takes mail for its own domains, discards it, and relays nothing', async () => {
      expect(await deliver(listener('smtp'), 'someone@example.test')).to.match(/^250 .*queued/);
      expect(await deliver(listener('smtp'), 'someone@elsewhere.invalid')).to.match(/^554 .*Relay access denied/);
    });
    it('keeps a log of what clients did, without our own waiting', () => {
      expect(postfix.log()).to.match(/connect from unknown\[127\.0\.0\.1\]/);
      expect(postfix.log()).not.to.match(/127\.0\.0\.3/);
    });
    it('accepts no version before TLS 1.2', async () => {
      const refusal = await hear(listener('submissions'), { versions: ['TLSv1', 'TLSv1.1'] }).then(
        () => 'accepted',
        (error: unknown) => String(error),
      );
      expect(refusal).to.match(/alert|disconnected|closed/i);
    });
  });

  const rows: readonly {
    configuration: DaemonConfiguration;
    roles: readonly PortRole[];
    seen: (heard: Heard) => unknown;
    expected: unknown;
  }[] = [
    {
      configuration: 'plaintext-allowed',
      roles: ['submission'],
      seen: (heard) => [heard.offersUpgrade, heard.offersLogin],
      expected: [true, true],
    },
    {
      configuration: 'no-tls',
      roles: ['submission', 'submissions'],
      seen: (heard) => [heard.offersUpgrade, heard.offersLogin, heard.tls],
      expected: [false, true, undefined],
    },
    {
      configuration: 'self-signed',
      roles: ['smtp', 'submission', 'submissions'],
      seen: (heard) => heard.tls?.why,
      expected: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    },
    {
      configuration: 'expired',
      roles: ['smtp', 'submission', 'submissions'],
      seen: (heard) => heard.tls?.why,
      expected: 'CERT_HAS_EXPIRED',
    },
    {
      configuration: 'wrong-name',
      roles: ['smtp', 'submission', 'submissions'],
      seen: (heard) => heard.tls?.certificate.subjectaltname,
      expected: 'DNS:wrong.lab.test',
    },
  ];
  for (const { configuration, roles, seen, expected } of rows) {
    it(`${configuration}: is wrong in exactly that`, async () => {
      const { ca } = await certificateFor(configuration);
      await using postfix = await start(configuration, roles);
      expect(postfix.listeners).to.have.length(configuration === 'no-tls' ? 1 : roles.length);
      for (const listener of postfix.listeners) expect(seen(await hear(listener, { ca }))).to.deep.equal(expected);
    });
  }
  it('tls10: accepts TLS 1.0 and still TLS 1.3', async () => {
    await using postfix = await start('tls10');
    for (const listener of postfix.listeners) {
      expect((await hear(listener, { versions: ['TLSv1', 'TLSv1'] })).tls).to.include({ version: 'TLSv1' });
      expect((await hear(listener)).tls).to.include({ version: 'TLSv1.3' });
    }
  });

  itServes('postfix', [
    { title: 'under a strict umask', env: { OWNER_UMASK: '077' }, ports: 'free', logins: /^235/ },
    { title: 'in a cell, on the well-known ports', place: 'cell', ports: [25, 587, 465], logins: /^235/ },
  ]);
  itLeavesNothingBehind('postfix');
});
