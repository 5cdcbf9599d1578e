import { X509Certificate } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { expect } from 'chai';
import { audit, type AuditSession } from '../../src/audit/audit.js';
import type { AuditOptions } from '../../src/audit/options.js';
import checks from '../../src/checks/index.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import type { ForwardProxy } from '../../src/probes/route.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import { waxseal } from '../cli/run-cli.js';
import { forwardProxyServer } from '../support/forward-proxy.js';
import { rawServer, scripted } from '../support/raw-server.js';
import { it } from '../support/in-turn.js';

const quick: AuditOptions = {
  patience: { hint: 50, backOff: 20, greeting: 4000, reply: 4000, handshake: 4000, quiet: 40 },
};
const only = (...ids: readonly string[]): AuditOptions => ({ checks: checks.filter(({ id }) => ids.includes(id)) });

/** What an audit says, by case. */
const said = ({ results }: AuditSession): string[] =>
  results.map(({ id, protocol, tls, status, because }) => `${id} ${protocol}+${tls} ${status} ${because}`);

describe('an audit through a proxy', () => {
  for (const kind of ['socks5', 'socks5h', 'http'] as const) {
    it(`(${kind}) says what a direct one says, and keeps its limits`, async () => {
      await using imap = await toyServer('imap');
      await using imaps = await toyServer('imaps');
      const { pem } = await toyAuthority();
      // Who is behind a proxy is not known to be near.
      const settings: AuditOptions = { ...quick, authorities: [pem], seed: 'one', intrusive: true };
      const direct = await audit([`imap://localhost:${String(imap.port)}`, `imaps://localhost:${String(imaps.port)}`], {
        ...settings,
        family: 4,
      });
      // Only the proxy knows where these are.
      const ports: Readonly<Record<number, number>> = { 143: imap.port, 993: imaps.port };
      await using proxy = await forwardProxyServer((_, port) => ports[port] ?? 9);
      const through = await audit(['imap://localhost', 'imaps://localhost'], {
        ...settings,
        ...(kind === 'socks5' && { family: 4 }),
        route: { proxy: { kind, host: '127.0.0.1', port: proxy.port } },
      });
      expect(through.faults).to.deep.equal([]);
      const anyPort = (text: string): string => text.replaceAll(/\b\d+ (?=connections|shows)|(?<=port )\d+/g, '');
      expect(said(through).map(anyPort)).to.deep.equal(said(direct).map(anyPort));
      expect(proxy.concurrency.most).to.be.within(1, 3);
      const host = kind === 'socks5' ? '127.0.0.1' : 'localhost';
      expect(new Set(proxy.asked)).to.deep.equal(new Set([`${host}:143`, `${host}:993`]));
      for (const port of ['143', '993'])
        expect(proxy.asked.filter((each) => each.endsWith(port)).length).to.be.at.most(20);
      // By hand one would go around the proxy.
      expect(through.results.some(({ byHand }) => byHand !== undefined)).to.equal(false);
    });
  }

  it('takes a greeting that comes in one segment with the proxy’s answer', async () => {
    const greeting = '* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n';
    const play = scripted(
      [],
      { CAPABILITY: '* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK done\r\n' },
      () => 'TAG BAD no\r\n',
    );
    await using proxy = await rawServer((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.from([5, 0]));
        socket.once('data', () => {
          socket.write(Buffer.concat([Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.from(greeting)]));
          play(socket);
        });
      });
    });
    const { listeners, faults } = await audit(['imap://mail.example'], {
      ...quick,
      ...only('starttls-not-advertised'),
      route: { proxy: { kind: 'socks5h', host: '127.0.0.1', port: proxy.port } },
    });
    expect(faults).to.deep.equal([]);
    expect(listeners.map(({ opening }) => opening?.kind)).to.deep.equal(['greeted']);
  });

  const wrong: readonly (readonly [string, ForwardProxy['kind'], string | Buffer | undefined, RegExp])[] = [
    ['refuses by its rules', 'socks5h', Buffer.from([5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0]), /its rules do not allow it/],
    ['wants a login', 'socks5h', Buffer.from([5, 0xff]), /wants a login: give it as in socks5h:/],
    ['speaks HTTP', 'socks5h', 'HTTP/1.1 400 Bad Request\r\n\r\n', /does not speak SOCKS 5; is it an HTTP proxy/],
    ['speaks SOCKS', 'http', Buffer.from('\x05\xff\r\n\r\n', 'latin1'), /does not answer as an HTTP proxy/],
    ['wants a login', 'http', 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', /wants a login \(407\)/],
    ['refuses', 'http', 'HTTP/1.1 403 Forbidden\r\n\r\n', /does not connect to mail\.example:143 \(HTTP\/1\.1 403/],
    ['floods', 'http', 'x'.repeat(20_000), /sends data without end/],
    ['ends', 'socks5', '', /closes the connection without an answer|breaks the connection/],
    ['is silent', 'socks5h', undefined, /does not answer in time/],
  ];
  for (const [name, kind, answer, expected] of wrong) {
    it(`that ${name} (${kind}) tells of the proxy, and nothing of the server`, async () => {
      await using proxy = await rawServer((socket) => {
        socket.once('data', () => {
          if (answer === '') socket.end();
          else if (answer !== undefined) socket.write(answer);
        });
      });
      const { faults, results, closed } = await audit(['imap://mail.example'], {
        ...quick,
        patience: { ...quick.patience, connect: 300 },
        resolve: () => Promise.resolve(['192.0.2.1']),
        route: { proxy: { kind, host: '127.0.0.1', port: proxy.port } },
      });
      expect(results).to.deep.equal([]);
      expect(closed).to.deep.equal([]);
      expect(faults.map(({ fault }) => fault.code)).to.deep.equal(['PROXY_FAILED']);
      expect(faults[0]?.fault.message).to.match(expected);
    });
  }

  it('tells a port that the proxy cannot reach from a proxy that cannot be reached', async () => {
    await using gone = await rawServer(() => undefined);
    await gone[Symbol.asyncDispose]();
    await using proxy = await forwardProxyServer(() => gone.port);
    const at = async (port: number): Promise<AuditSession> =>
      audit(['mail.example'], { ...quick, route: { proxy: { kind: 'socks5h', host: '127.0.0.1', port } } });
    const through = await at(proxy.port);
    expect(through.closed).to.have.length(8);
    expect(through.faults.map(({ fault }) => fault.message)).to.deep.equal([
      'mail.example answers on no mail port; is the name right, and is a firewall in between?',
    ]);
    const nowhere = await at(gone.port);
    expect(nowhere.closed).to.deep.equal([]);
    expect(nowhere.faults[0]?.fault.message).to.match(/^the proxy 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/);
  });
});

describe('a header of the PROXY protocol', () => {
  for (const version of [1, 2] as const) {
    it(`(v${String(version)}) comes before everything else, on each connection`, async () => {
      await using imap = await toyServer('imap');
      const { pem } = await toyAuthority();
      const headers: Buffer[] = [];
      await using front = await rawServer((socket) => {
        socket.once('data', (bytes: Buffer) => {
          const length = version === 1 ? bytes.indexOf('\r\n') + 2 : 16 + bytes.readUInt16BE(14);
          headers.push(bytes.subarray(0, length));
          socket.unshift(bytes.subarray(length));
          const far = connect({ port: imap.port, host: '127.0.0.1', noDelay: true });
          far.on('error', () => undefined).on('close', () => socket.destroy());
          socket.on('close', () => far.destroy());
          socket.pipe(far).pipe(socket);
        });
      });
      const { faults, results } = await audit([`imap://127.0.0.1:${String(front.port)}`], {
        ...quick,
        authorities: [pem],
        route: { header: version },
      });
      expect(faults).to.deep.equal([]);
      expect(results.filter(({ status }) => status === 'fail' || status === 'inconclusive')).to.deep.equal([]);
      expect(headers).to.have.length(front.connections());
      for (const header of headers) {
        if (version === 1)
          expect(header.toString('latin1')).to.match(/^PROXY TCP4 127\.\d\.\d\.\d 127\.0\.0\.1 \d+ \d+\r\n$/);
        else expect(header.subarray(0, 14).toString('hex')).to.equal('0d0a0d0a000d0a515549540a2111');
      }
    });
  }

  it('is what a server that waits for one is said to want', async () => {
    await using mute = await rawServer((socket) => {
      socket.once('data', (bytes: Buffer) => {
        if (bytes.subarray(0, 6).toString() === 'PROXY ') socket.write('* OK ready\r\n');
        else socket.destroy();
      });
    });
    const { results } = await audit([`imap://127.0.0.1:${String(mute.port)}`], { ...quick, ...only('port-mismatch') });
    expect(results[0]?.because).to.contain('--send-proxy v2');
  });
});

describe('--source', () => {
  it('is the address that the server sees', async () => {
    const seen = new Set<string>();
    await using server = await rawServer((socket) => {
      seen.add(socket.remoteAddress ?? '');
      socket.end('* BYE no\r\n');
    });
    await audit([`imap://127.0.0.1:${String(server.port)}`], {
      ...quick,
      ...only('port-mismatch'),
      route: { source: '127.0.0.77' },
    });
    expect([...seen]).to.deep.equal(['127.0.0.77']);
  });
});

describe('a client certificate', () => {
  it('is shown to a server that wants one', async () => {
    const authority = await createAuthority();
    const { certPem, keyPem } = await authority.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
    // Certificates of toys are for servers: this one knows its client by the certificate itself.
    const server = createServer(
      { cert: certPem, key: keyPem, requestCert: true, rejectUnauthorized: false },
      (socket) => {
        socket.on('error', () => undefined);
        if (!socket.getPeerX509Certificate()?.raw.equals(new X509Certificate(certPem).raw))
          return void socket.destroy();
        scripted(
          ['* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n'],
          { CAPABILITY: '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n', LOGOUT: '* BYE\r\nTAG OK\r\n' },
          () => 'TAG BAD no\r\n',
        )(socket);
      },
    );
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const target = `imaps://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
      const settings: AuditOptions = { ...quick, ...only('port-mismatch'), authorities: [authority.pem] };
      const without = await audit([target], settings);
      expect(without.results[0]?.because).to.contain('--client-cert');
      const certified = await audit([target], { ...settings, clientCertificate: { cert: certPem, key: keyPem } });
      expect(certified.results.map(({ status }) => status)).to.deep.equal(['pass']);
      const { certPem: other, keyPem: otherKey } = await (
        await createAuthority()
      ).issue('good', { dns: ['localhost'], ip: [] });
      const refused = await audit([target], { ...settings, clientCertificate: { cert: other, key: otherKey } });
      expect(refused.results[0]?.because).to.contain('does not accept the client certificate');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('options of the way to a server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'route-'));
  const pem = join(folder, 'none.pem');
  writeFileSync(pem, 'no certificate\n');
  const rows: readonly (readonly [readonly string[], RegExp])[] = [
    [['--proxy', 'ftp://127.0.0.1:21'], /Use a URL: socks5h:/],
    [['--proxy', 'socks5h://127.0.0.1'], /Name the port of the proxy/],
    [['--proxy', 'socks5h://127.0.0.1:1080/path'], /ends with its port/],
    [['--proxy', 'socks5h://127.0.0.1:1080', '-4'], /IPv4 only is not possible where the proxy resolves names/],
    [['--proxy', 'socks5h://127.0.0.1:1080', '--mx'], /--proxy is not for --domain and --mx/],
    [['--send-proxy', '3'], /Use v1 or v2/],
    [['--source', 'eth0'], /Use an IP address of this machine/],
    [['--source', '192.0.2.1'], /no address of this machine/],
    [['--source', '127.0.0.1', '-6'], /drop -6/],
    [['--client-key', pem], /--client-key needs --client-cert/],
    [['--client-cert', pem], /it should hold a certificate and its key/],
    [['--client-cert', join(folder, 'absent')], /there is no such file/],
  ];
  for (const [options, expected] of rows) {
    it(`refuses ${options.map((each) => each.replace(folder, '')).join(' ')}`, async () => {
      const { code, stderr } = await waxseal('audit', 'mail.example', ...options);
      expect(stderr).to.match(expected);
      expect(code).to.equal(2);
    });
  }

  it('leaves no password in a report', async () => {
    await using proxy = await rawServer((socket) => socket.destroy());
    const url = `socks5h://auditor:s3cr3t-w0rd@127.0.0.1:${String(proxy.port)}`;
    const { stdout, stderr } = await waxseal('audit', 'imap://mail.example', '--proxy', url, '--format', 'json');
    expect(`${stdout}${stderr}`).not.to.contain('s3cr3t-w0rd');
  });
});
