import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import type { AuditOptions } from '../../src/audit/options.js';
import type { ServerFlaw } from '../../src/checks/check.js';
import type { Report, Result } from '../../src/document/report-model.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { proxy } from '../../src/serving/named-proxy.js';
import { waxseal } from '../cli/run-cli.js';
import { rawServer, type RawServer } from '../support/raw-server.js';
import { it } from '../support/in-turn.js';

const quick: AuditOptions = {
  family: 4,
  patience: { hint: 50, backOff: 20, greeting: 4000, reply: 4000, handshake: 4000, quiet: 40 },
};

const reportOf = async (role: PortRole, port: number, options: AuditOptions = {}): Promise<Report> => {
  const { pem } = await toyAuthority();
  const session = await audit([`${role}://localhost:${String(port)}`], { ...quick, authorities: [pem], ...options });
  return session.report();
};

/** The same server, seen at another port: there is only one loopback. */
const movedTo = (port: number, report: Report): Report => ({
  ...report,
  results: report.results.map((result) => ({ ...result, port })),
});

const differs = ({ results }: Report): Pick<Result, 'status' | 'because'>[] =>
  results.filter(({ id }) => id === 'path-differs').map(({ status, because }) => ({ status, because }));

/** A relay that changes what the server says in clear. */
const relay = (port: number, change: (text: string) => string): Promise<RawServer> =>
  rawServer((socket) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    far.on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1');
      socket.write(/^[ -~\r\n\t]+$/.test(text) ? Buffer.from(change(text), 'latin1') : bytes);
    });
    far.on('error', () => undefined).on('close', () => socket.destroy());
    socket.on('close', () => far.destroy());
    socket.pipe(far);
  });

describe('an audit compared with one from elsewhere', () => {
  for (const role of ['imap', 'submission', 'smtp'] as const) {
    it(`finds a proxy on the path that removes STARTTLS (${role})`, async () => {
      await using server = await toyServer(role);
      const { pem } = await toyAuthority();
      await using between = await proxy({
        target: `${role}://localhost:${String(server.port)}`,
        scenario: 'starttls-not-offered',
        untouchedFirst: false,
        ca: pem,
      });
      const earlier = movedTo(between.port, await reportOf(role, server.port));
      const [found] = differs(await reportOf(role, between.port, { earlier }));
      expect(found?.status).to.equal('fail');
      expect(found?.because).to.match(/probably tampered with on the path: STARTTLS worked then, and does not now/);
    });
  }

  it('finds a proxy on the path that ends TLS with a certificate of its own', async () => {
    await using server = await toyServer('imaps');
    const { pem } = await toyAuthority();
    await using between = await proxy({
      target: `imaps://localhost:${String(server.port)}`,
      scenario: 'control',
      untouchedFirst: false,
      ca: pem,
    });
    const earlier = movedTo(between.port, await reportOf('imaps', server.port));
    const [found] = differs(await reportOf('imaps', between.port, { earlier }));
    expect(found?.status).to.equal('fail');
    expect(found?.because).to.match(/a certificate with another key, .* not trusted, and the one then was/);
  });

  it('finds a firewall that overwrites capabilities', async () => {
    await using server = await toyServer('submission');
    await using between = await relay(server.port, (text) => text.replace('STARTTLS', 'XXXXXXXA'));
    const earlier = movedTo(between.port, await reportOf('submission', server.port));
    const [found] = differs(await reportOf('submission', between.port, { earlier }));
    expect(found?.status).to.equal('fail');
    expect(found?.because).to.contain('capabilities are overwritten (XXXXXXXA)');
  });

  it('warns of an older version of TLS, and of a port that does not answer', async () => {
    await using server = await toyServer('imaps');
    await using older = await toyServer('imaps', { versions: { newest: 'TLSv1.2' } });
    const report = await reportOf('imaps', server.port);
    const [found] = differs(await reportOf('imaps', older.port, { earlier: movedTo(older.port, report) }));
    expect(found).to.deep.include({ status: 'warn' });
    expect(found?.because).to.contain('TLS 1.3 is refused now');
    await older[Symbol.asyncDispose]();
    const closed = differs(await reportOf('imaps', older.port, { earlier: movedTo(older.port, report) }));
    expect(closed).to.have.length(1);
    expect(closed[0]).to.deep.include({ status: 'warn' });
    expect(closed[0]?.because).to.contain('the port answered then, and refuses connections now');
  });

  const innocent: readonly (readonly [string, PortRole, ServerFlaw['server'], (text: string) => string, RegExp])[] = [
    ['nothing', 'imap', {}, (text) => text, /^the same as in the report of /],
    [
      'a new key of the same authority',
      'imaps',
      { certificate: 'another' },
      (text) => text,
      /renewed by the same authority/,
    ],
    [
      'another version of the server',
      'submission',
      {},
      (text) => text.replace('ESMTP ready', 'ESMTP Example 9.1'),
      /the greeting changed/,
    ],
    [
      'a new capability',
      'submission',
      {},
      (text) => text.replace('250-8BITMIME', '250-8BITMIME\r\n250-DSN'),
      /newly offered: DSN/,
    ],
    ['a size limit', 'submission', {}, (text) => text.replace(/SIZE \d+/, 'SIZE 20'), /^the same as in the report of /],
  ];
  for (const [name, role, flaw, change, expected] of innocent) {
    it(`does not cry wolf over ${name}`, async () => {
      await using server = await toyServer(role);
      await using changed = await toyServer(role, flaw);
      await using between = await relay(changed.port, change);
      const earlier = movedTo(between.port, await reportOf(role, server.port));
      const [found] = differs(await reportOf(role, between.port, { earlier }));
      expect(found?.because).to.match(expected);
      expect(found?.status).to.be.oneOf(['pass', 'info']);
    });
  }

  const day = 24 * 60 * 60 * 1000;
  const rivals: readonly (readonly [string, (report: Report) => Report, RegExp])[] = [
    [
      'was there while the other place was still shown another one',
      (report) => ({ ...report, startedAt: new Date(Date.now() + 3 * day).toISOString() }),
      /with another key, .* it was there already \(of [\d-]+\) when the other one was still shown, so it is no renewal/,
    ],
    [
      'is older than the one seen elsewhere',
      (report) =>
        JSON.parse(
          JSON.stringify(report).replaceAll(/(?<="notBefore":")[^"]+/g, new Date(Date.now() + day).toISOString()),
        ) as Report,
      /with another key, .* it is older \(of [\d-]+\) than the one seen then/,
    ],
  ];
  for (const [name, change, expected] of rivals) {
    it(`warns of a certificate of the same authority that ${name}: no renewal in between`, async () => {
      await using server = await toyServer('imaps');
      await using other = await toyServer('imaps', { certificate: 'another' });
      const earlier = change(movedTo(other.port, await reportOf('imaps', server.port)));
      const [found] = (await reportOf('imaps', other.port, { earlier })).results.filter(
        ({ id }) => id === 'path-differs',
      );
      expect(found).to.deep.include({ status: 'warn', severity: 'medium' });
      expect(found?.because).to.match(expected);
    });
  }

  it('compares by --check path-differs alone, and refuses what is no report of an audit', async () => {
    await using server = await toyServer('imaps');
    const folder = mkdtempSync(join(tmpdir(), 'compare-'));
    const [file, other] = [join(folder, 'earlier.json'), join(folder, 'other.json')];
    const target = `imaps://127.0.0.1:${String(server.port)}`;
    await waxseal('audit', target, '--depth', 'quick', '--report', `json:${file}`);
    const { stdout } = await waxseal('audit', target, '--check', 'path-differs', '--compare', file, '--verbose');
    expect(stdout).to.contain('the same as in the report of');
    writeFileSync(other, '{}');
    const refused = await waxseal('audit', target, '--compare', other);
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.contain('is not a report');
  });
});
