import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import sinon from 'sinon';
import { runMonitor } from '../../src/cli/monitor.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import { serve, type NamedEndpoint, type RunningServer } from '../../src/serving/named-serve.js';

/** What the plug-in prints, and its exit code. */
const check = async (...argv: string[]): Promise<{ code: number; stdout: string }> => {
  let stdout = '';
  const stub = sinon.stub(process.stdout, 'write').callsFake((chunk) => {
    stdout += String(chunk);
    return true;
  });
  try {
    const code = await runMonitor(argv, '1.2.3');
    return { code, stdout };
  } finally {
    stub.restore();
  }
};

/** One line, as monitoring-plugins' guidelines want it: a state, a text without a bar, performance data. */
const LINE = /^WAXSEAL (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]+)( \| ((?:[a-z]+=-?[\d.]+s?(?:;[\d.~@:-]*){0,4} ?)+))?$/;

describe('check_waxseal', () => {
  let folder: string;
  let server: RunningServer;
  let ca: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'monitor-'));
    server = await serve({ protocol: 'imap' });
    ca = join(folder, 'ca.pem');
    writeFileSync(ca, server.ca);
  });

  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const endpoint = (tls: string): NamedEndpoint => {
    const found = server.endpoints.find((each) => each.tls === tls);
    if (found === undefined) throw new Error(`no endpoint with ${tls}`);
    return found;
  };
  const args = (tls: 'starttls' | 'implicit'): string[] => [
    ...['-H', 'localhost', '-P', 'imap', '-p', String(endpoint(tls).port), '-4'],
    ...(tls === 'implicit' ? ['-S'] : []),
  ];

  for (const tls of ['implicit', 'starttls'] as const)
    it(`is OK for a good server (${tls}), in one line with performance data`, async () => {
      const { code, stdout } = await check(...args(tls), '--ca', ca, '-w', '5', '-c', '2');
      expect(stdout).to.match(
        /^WAXSEAL OK - \S+: \d+ checks passed, certificate valid for \d+ days \| time=[\d.]+s;;;0 days=\d+;/,
      );
      expect(code).to.equal(0);
    });

  it('is WARNING, then CRITICAL, as the certificate comes to its end', async () => {
    expect(await check(...args('implicit'), '--ca', ca, '-w', '300', '-c', '2')).to.include({ code: 1 });
    const { code, stdout } = await check(...args('implicit'), '--ca', ca, '-w', '300', '-c', '200');
    expect(stdout).to.match(/^WAXSEAL CRITICAL - \S+: the certificate of localhost:\d+ expires in \d+ days/);
    expect(code).to.equal(2);
  });

  it('is CRITICAL for a certificate of an unknown authority, with the reason; -v has a line for each problem', async () => {
    const { code, stdout } = await check(...args('implicit'), '-w', '5', '-c', '2', '-v');
    expect(code).to.equal(2);
    const [first = '', ...more] = stdout.trimEnd().split('\n');
    expect(first).to.match(LINE).and.contain('unknown authority');
    expect(more).to.not.deep.equal([]);
    for (const line of more) expect(line).to.match(/^(WARNING|CRITICAL|UNKNOWN): /);
  });

  const WEAK: readonly (readonly [
    state: string,
    code: number,
    role: 'imaps' | 'imap' | 'smtp',
    flaw: NonNullable<Parameters<typeof toyServer>[1]>,
    says: RegExp,
  ])[] = [
    [
      'WARNING',
      1,
      'imaps',
      { versions: { oldest: 'TLSv1', newest: 'TLSv1' } },
      /negotiates TLS 1\.0, although TLS 1\.2/,
    ],
    ['WARNING', 1, 'imap', { versions: { oldest: 'TLSv1', newest: 'TLSv1.1' } }, /negotiates TLS 1\.1, although/],
    // Between servers old TLS is still better than none.
    ['OK', 0, 'smtp', { versions: { oldest: 'TLSv1', newest: 'TLSv1.1' } }, /checks passed/],
    ['OK', 0, 'imaps', { versions: { oldest: 'TLSv1.2', newest: 'TLSv1.2' } }, /checks passed/],
  ];
  for (const [state, code, role, flaw, says] of WEAK)
    it(`is ${state} for ${role} with ${JSON.stringify(flaw)}`, async () => {
      await using weak = await toyServer(role, flaw);
      const authority = join(folder, 'toys.pem');
      writeFileSync(authority, (await toyAuthority()).pem);
      const checked = await check(
        ...['-H', 'localhost', '-4', '-P', role === 'smtp' ? 'smtp' : 'imap', '-p', String(weak.port)],
        ...(role === 'imaps' ? ['-S'] : []),
        ...['--ca', authority, '-w', '2', '-c', '1'],
      );
      expect(checked.stdout.trimEnd())
        .to.match(LINE)
        .and.match(new RegExp(`^WAXSEAL ${state} - `))
        .and.match(says);
      expect(checked.code).to.equal(code);
    });

  it('is CRITICAL for a port on which nobody listens', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const { code, stdout } = await check('-H', '127.0.0.1', '-P', 'pop3', '-p', String(port));
    expect(stdout).to.match(/^WAXSEAL CRITICAL - .*ECONNREFUSED/);
    expect(stdout.match(/pop3:\/\//g), 'the target is named once').to.have.length(1);
    expect(code).to.equal(2);
  });

  it('ends in time when the server says nothing for as long as -t allows', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    try {
      const { code, stdout } = await check('-H', '127.0.0.1', '-P', 'imap', '-p', String(port), '-t', '1');
      expect(stdout.trimEnd()).to.match(LINE);
      expect(code).to.be.oneOf([2, 3]);
    } finally {
      silent.close();
    }
  }).timeout(10_000);

  const USAGE: readonly { readonly argv: readonly string[]; readonly says: string }[] = [
    { argv: [], says: '--hostname' },
    { argv: ['-H', 'h', '-p', '70000'], says: '70000' },
    { argv: ['-H', 'h', '-p', '9'], says: '-P is missing' },
    { argv: ['-H', 'h', '-S'], says: '-P is missing' },
    { argv: ['-H', 'h', '-P', 'ftp'], says: 'ftp' },
    { argv: ['-H', 'h', '-w', '5', '-c', '6'], says: 'fewer days are worse' },
    { argv: ['-H', 'h', '-t', '0'], says: '0' },
    { argv: ['-H', 'h', '--ca', '/no/such/file'], says: '/no/such/file' },
    { argv: ['-H', 'user@h'], says: 'invalid target' },
    { argv: ['-H', 'h', 'i'], says: 'too many arguments' },
  ];

  for (const { argv, says } of USAGE)
    it(`is UNKNOWN for ${argv.join(' ') || 'no arguments'}`, async () => {
      const { code, stdout } = await check(...argv);
      expect(stdout)
        .to.match(/^WAXSEAL UNKNOWN - [^|\n]+\n$/)
        .and.contain(says);
      expect(code).to.equal(3);
    });

  it('prints its version', async () => {
    expect(await check('-V')).to.deep.equal({ code: 3, stdout: 'check_waxseal 1.2.3\n' });
  });
});
