import { expect } from 'chai';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listening } from '../../src/serving/listening.js';
import { waxseal } from './run-cli.js';
import { it } from '../support/in-turn.js';

const scratch = mkdtempSync(join(tmpdir(), 'safety-'));

describe('safety: who may come', () => {
  it('endpoints listen on loopback', () => {
    expect(listening(undefined, [])).to.deep.equal({ addresses: ['127.0.0.1', '::1'] });
  });

  for (const address of [
    '0.0.0.0',
    '::',
    '192.0.2.10',
    '10.0.0.1',
    '2001:db8::1',
    '[2001:db8::1]',
    '::ffff:192.0.2.1',
  ]) {
    it(`--listen ${address} needs --allow-client`, async () => {
      const { code, stderr } = await waxseal('serve', '--listen', address);
      expect(code).to.equal(2);
      expect(stderr).to.include('--allow-client');
    });
  }

  it('a name is no address, and a network that is none allows nobody', async () => {
    expect((await waxseal('serve', '--listen', 'mail.example.org', '--allow-client', '192.0.2.1')).stderr).to.include(
      'needs an IP address',
    );
    for (const cidr of ['', 'everyone', '192.0.2.0/33', '192.0.2.256', '/8'])
      expect((await waxseal('serve', '--listen', '192.0.2.10', '--allow-client', cidr)).stderr).to.include(
        'needs an address or a network',
      );
  });

  it('--allow-client alone is a misunderstanding', async () => {
    expect((await waxseal('serve', '--allow-client', '192.0.2.1')).code).to.equal(2);
  });

  const clients: readonly (readonly [client: string, allowed: boolean])[] = [
    ['192.0.2.17', true],
    ['::ffff:192.0.2.17', true],
    ['192.0.2.33', false],
    ['198.51.100.1', false],
    ['2001:db8::5', true],
    ['2001:db9::5', false],
    ['127.0.0.1', true],
    ['', false],
    ['nonsense', false],
  ];
  const { allows } = listening('192.0.2.10', ['192.0.2.16/28', '2001:db8::/32']);
  for (const [client, allowed] of clients) {
    it(`${client || 'nobody'} is ${allowed ? 'served' : 'turned away'}`, () => {
      expect(allows?.(client)).to.equal(allowed);
    });
  }
});

describe('safety: whose server', () => {
  const client = ['--', process.execPath, '-e', '0'];
  for (const [command, argv] of [
    ['test', ['test', '--through', 'imaps://192.0.2.1', ...client]],
    ['proxy', ['proxy', 'imaps://192.0.2.1']],
  ] as const) {
    it(`waxseal ${command}: a server that is neither here nor private needs --authorized-by`, async () => {
      const { code, stderr } = await waxseal(...argv);
      expect(code).to.equal(2);
      expect(stderr).to.include('--authorized-by');
    });
  }

  it('an empty authorization is none', async () => {
    expect((await waxseal('test', '--through', 'imaps://192.0.2.1', '--authorized-by', ' ', ...client)).code).to.equal(
      2,
    );
  });

  it('no command takes a password or a token as an option’s value', async () => {
    for (const command of ['test', 'serve', 'proxy', 'audit', 'judge']) {
      const { stdout } = await waxseal(command, '--help');
      expect(stdout).to.not.match(/--(?:password|pass|token|secret|user)\b/);
    }
  });
});

describe('safety: what is stored', () => {
  it('recordings belong to their owner alone: folder 0700, files 0600, no stranger’s password', async () => {
    const folder = join(scratch, 'recordings');
    const script = join(scratch, 'client.mjs');
    writeFileSync(
      script,
      `import { connect } from 'node:net';
const socket = connect(Number(process.env.WAXSEAL_PORT), '127.0.0.1');
socket.once('data', () => { socket.write('a LOGIN someone correct-horse-battery\\r\\n'); socket.once('data', () => { socket.end(); console.log('correct-horse-battery'); }); });`,
    );
    const { code, stdout } = await waxseal(
      'test',
      '--protocol',
      'imap',
      '--tls',
      'starttls',
      '--scenario',
      'starttls-not-offered',
      '--no-self-test',
      '--record',
      folder,
      '--format',
      'json',
      '--',
      process.execPath,
      script,
    );
    expect(code).to.equal(1);
    const report = JSON.parse(stdout) as { visits: string[]; results: { case: string; status: string }[] };
    expect(report.results.map(({ case: key, status }) => [key, status])).to.deep.equal([
      ['control@imap+starttls#server', 'unsafe'],
      ['starttls-not-offered@imap+starttls#server', 'unsafe'],
    ]);
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    expect(report.visits).to.have.length(2);
    for (const path of report.visits) expect(statSync(path).mode & 0o777).to.equal(0o600);
    const judged = await waxseal('judge', folder, '--format', 'json', '--transcript');
    expect(judged.code).to.equal(1);
    expect(stdout + judged.stdout).to.not.include('correct-horse');
    const again = JSON.parse(judged.stdout) as typeof report;
    expect(again.results.map(({ case: key, status }) => [key, status])).to.deep.equal(
      report.results.map(({ case: key, status }) => [key, status]),
    );
  });
});
