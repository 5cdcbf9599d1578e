import { expect } from 'chai';
import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';

import { functionDriver } from '../../src/clients/function.js';
import type { Driver } from '../../src/clients/driver.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { startSmtpServer } from '../../src/endpoints/daemons/smtp-server.js';
import type { PortRole, TlsMode } from '../../src/protocols/protocol.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { ACCOUNT } from '../support/submission-server.js';
import { visitThrough } from './through.js';

describe('The middle seat between nodemailer and smtp-server', () => {
  let ours: Authority;
  let theirs: Authority;
  let server: RunningDaemon;

  before(async () => {
    [ours, theirs] = await Promise.all([createAuthority(), createAuthority()]);
    const certificate = await theirs.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
    server = await startSmtpServer({ address: '127.0.0.1', configuration: 'good', certificate, users: [ACCOUNT] });
  });

  after(async () => {
    await server.stop();
  });

  const mailer = (requireTLS: boolean): Driver =>
    functionDriver(async ({ host, port, tls, user, password, ca, from, to, message }) => {
      const transport = createTransport({
        host,
        port,
        secure: tls === 'implicit',
        requireTLS,
        auth: { user, pass: password },
        tls: { ca },
      });
      await transport.sendMail({ envelope: { from, to }, raw: message });
    });

  const portOf = (role: PortRole): number => server.listeners.find(({ portRole }) => portRole === role)?.port ?? 0;
  const ROLES: Readonly<Record<TlsMode, PortRole>> = { starttls: 'submission', implicit: 'submissions' };
  const through = (tls: TlsMode, requireTLS: boolean): ReturnType<typeof visitThrough> =>
    visitThrough(
      mailer(requireTLS),
      ours,
      { host: '127.0.0.1', port: portOf(ROLES[tls]), protocol: 'smtp', tls },
      ['starttls-not-offered'],
      { ca: theirs.pem },
    );

  const ROWS = [
    { requireTLS: true, status: 'safe' },
    { requireTLS: false, status: 'unsafe' },
  ] as const;

  for (const { requireTLS, status } of ROWS) {
    it(`requireTLS: ${String(requireTLS)} is ${status} when STARTTLS vanishes`, async () => {
      const judged = await through('starttls', requireTLS);
      const [control, stripped] = [judged['control'], judged['starttls-not-offered']];
      expect(control?.judgement.status, control?.story).to.equal('safe');
      expect(stripped?.judgement.status, stripped?.story).to.equal(status);
    });
  }

  it('carries mail untouched inside TLS from the first byte', async () => {
    const { control } = await through('implicit', false);
    expect(control?.judgement.status, control?.story).to.equal('safe');
  });

  it('keeps a stripped session going: the login is passed on inside TLS', async () => {
    const before = server.log().length;
    const judged = await through('starttls', false);
    const stripped = judged['starttls-not-offered'];
    expect(stripped?.visit.client.error).to.equal(undefined);
    expect(
      server
        .log()
        .slice(before)
        .match(/login of lab-account from 127.0.0.1, TLS/g),
    ).to.have.length(2);
    expect(server.log()).not.to.include('in the clear');
    const leg = stripped?.visit.connections.find((connection) => connection.leg === 'server');
    const outside = leg?.entries
      .filter((entry) => entry.kind === 'bytes' && entry.from === 'client' && !entry.inside)
      .map((entry) => (entry.kind === 'bytes' ? entry.data : ''));
    expect(outside).to.deep.equal(['EHLO waxseal.lab.test\r\n', 'STARTTLS\r\n']);
  });

  it('notes a certificate of the real server that cannot be verified, and goes on', async () => {
    const server_ = { host: '127.0.0.1', port: portOf('submission'), protocol: 'smtp', tls: 'starttls' } as const;
    const { control } = await visitThrough(mailer(true), ours, server_, []);
    expect(control?.judgement.status, control?.story).to.equal('safe');
    const notes = control?.visit.connections
      .filter(({ leg }) => leg === 'server')
      .flatMap(({ entries }) => entries.flatMap((entry) => (entry.kind === 'note' ? [entry.what] : [])));
    expect(notes).to.deep.equal(['server-unverified']);
  });

  // Row A15 of the verdicts that were wrong: 500 Line too long, although SIZE said 10 MiB.
  it('carries a mail of 9 MB unchanged', async () => {
    const { certPem, keyPem } = await theirs.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
    const got: string[] = [];
    const real = new SMTPServer({
      cert: certPem,
      key: keyPem,
      size: 10 * 1024 * 1024,
      logger: false,
      onAuth: (_auth, _session, done) => {
        done(null, { user: ACCOUNT.user });
      },
      onData: (stream, _session, done) => {
        const hash = createHash('sha256');
        stream.on('data', (bytes: Buffer) => hash.update(bytes));
        stream.on('end', () => {
          got.push(hash.digest('hex'));
          done();
        });
      },
    });
    await new Promise<void>((resolve) => void real.listen(0, '127.0.0.1', resolve));
    const { port } = real.server.address() as AddressInfo;
    const raw = `Subject: nine\r\n\r\n${`.${'x'.repeat(74)}\r\n`.repeat(117_000)}`;
    const driver = functionDriver(async ({ host, port: here, user, password, ca, from, to }) => {
      const transport = createTransport({
        host,
        port: here,
        requireTLS: true,
        auth: { user, pass: password },
        tls: { ca },
      });
      await transport.sendMail({ envelope: { from, to }, raw });
    });
    try {
      const { control } = await visitThrough(
        driver,
        ours,
        { host: '127.0.0.1', port, protocol: 'smtp', tls: 'starttls' },
        [],
        // What is proved is that nothing is lost: a busy machine needs its time.
        { ca: theirs.pem, maxTime: 50_000 },
      );
      expect(control?.judgement.status, control?.story.slice(0, 1000)).to.equal('safe');
      expect(control?.visit.client.error).to.equal(undefined);
      expect(raw.length).to.be.above(9_000_000);
      expect(got).to.deep.equal([createHash('sha256').update(raw).digest('hex')]);
    } finally {
      await new Promise<void>((resolve) => {
        real.close(resolve);
      });
    }
  }).timeout(60_000);
});
