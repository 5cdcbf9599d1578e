import { createRequire } from 'node:module';

import { expect } from 'chai';

import { isImplicit, type DaemonConfiguration } from '../../../src/endpoints/daemons/running-daemon.js';
import { startSmtpServer } from '../../../src/endpoints/daemons/smtp-server.js';
import { certificateFor } from './certificates.js';
import { deliver, hear, logIn } from './handmade-client.js';

const require = createRequire(import.meta.url);

const users = [{ user: 'alice', password: 'correcthorse' }];

describe('smtp-server', () => {
  const rows: readonly {
    configuration: DaemonConfiguration;
    upgrade: boolean;
    login: boolean;
    roles: number;
    why?: string;
  }[] = [
    { configuration: 'good', upgrade: true, login: false, roles: 3, why: 'null' },
    { configuration: 'plaintext-allowed', upgrade: true, login: true, roles: 3, why: 'null' },
    { configuration: 'no-tls', upgrade: false, login: true, roles: 2 },
    { configuration: 'self-signed', upgrade: true, login: false, roles: 3, why: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    { configuration: 'expired', upgrade: true, login: false, roles: 3, why: 'CERT_HAS_EXPIRED' },
  ];
  for (const row of rows) {
    it(`${row.configuration} is what it says`, async () => {
      const { certificate, ca } = await certificateFor(row.configuration);
      await using server = await startSmtpServer({
        address: '127.0.0.1',
        configuration: row.configuration,
        certificate,
        users,
      });
      expect(server.listeners).to.have.length(row.roles);
      for (const listener of server.listeners) {
        const heard = await hear(listener, { ca });
        expect(heard.tls?.why).to.equal(row.why);
        if (isImplicit(listener.portRole)) continue;
        expect(heard.offersUpgrade).to.equal(row.upgrade);
        // It offers AUTH before TLS even where it refuses it.
        expect(await logIn(listener, 'alice', 'correcthorse', { inClear: true })).to.match(row.login ? /^235/ : /^538/);
      }
    });
  }

  it('tls10 accepts TLS 1.0', async () => {
    const { certificate } = await certificateFor('tls10');
    await using server = await startSmtpServer({ address: '127.0.0.1', configuration: 'tls10', certificate, users });
    for (const listener of server.listeners)
      expect((await hear(listener, { versions: ['TLSv1', 'TLSv1'] })).tls).to.include({ version: 'TLSv1' });
  });

  it('checks logins, takes mail and logs both', async () => {
    const { certificate } = await certificateFor('good');
    await using server = await startSmtpServer({ address: '127.0.0.1', configuration: 'good', certificate, users });
    const [smtp, submission, submissions] = server.listeners;
    if (smtp === undefined || submission === undefined || submissions === undefined)
      throw new Error('three listeners were expected');
    for (const listener of [submission, submissions]) {
      expect(await logIn(listener, 'alice', 'correcthorse')).to.match(/^235/);
      expect(await logIn(listener, 'alice', 'wrong')).to.match(/^535/);
    }
    expect(await deliver(smtp, 'bob@example.test')).to.match(/^250/);
    expect(server.log())
      .to.match(/submission: login of alice from 127\.0\.0\.1, TLS/)
      .and.match(/smtp: message from 127\.0\.0\.1, in the clear/);
  });

  it('can be another version', async () => {
    const { certificate } = await certificateFor('good');
    const { SMTPServer } = require('smtp-server-3.19.1') as typeof import('smtp-server');
    const { version } = require('smtp-server-3.19.1/package.json') as { version: string };
    await using server = await startSmtpServer({
      address: '127.0.0.1',
      configuration: 'good',
      certificate,
      users,
      roles: ['submission'],
      package: { SMTPServer, version },
    });
    expect(server.version).to.equal('3.19.1');
    expect(server.listeners).to.have.length(1);
    for (const listener of server.listeners) expect((await hear(listener)).offersUpgrade).to.equal(true);
  });
});
