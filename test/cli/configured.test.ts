import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandLine } from '../support/built.js';
import { POP3_CLIENT } from './pop3-client.js';
import { waxseal } from './run-cli.js';
import { itOf, itSeldom } from '../support/in-turn.js';

const here = process.cwd();
let folder = '';

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'configured-')));
  writeFileSync(join(folder, 'client.cjs'), POP3_CLIENT);
  process.chdir(folder);
});

afterEach(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

const write = (name: string, value: unknown): void => {
  writeFileSync(name, typeof value === 'string' ? value : JSON.stringify(value));
};
const read = (name: string): unknown => JSON.parse(readFileSync(name, 'utf8'));

const client = (name: string, how: 'careful' | 'careless', more: object = {}): object => ({
  name,
  protocol: 'pop3',
  tls: 'starttls',
  scenario: ['starttls-not-offered'],
  command: [process.execPath, join(folder, 'client.cjs'), how],
  options: ['--no-self-test'],
  ...more,
});

const CASE = 'starttls-not-offered@pop3+starttls#server';
const accepted = { case: CASE, status: 'unsafe', reason: 'the vendor knows' };

describe('waxseal run', function () {
  const it = itOf('waxseal run');
  this.timeout(60_000);

  it('tests every client, and the worst exit code is its own', async () => {
    write('waxseal.config.json', {
      clients: [client('one', 'careful'), client('two', 'careless')],
      report: ['json:r.json'],
    });
    expect((await waxseal('run')).code).to.equal(1);
    expect(read('r.one.json')).to.have.nested.property('summary.unsafe', 0);
    expect(read('r.two.json')).to.have.nested.property('summary.unsafe', 1);
    expect((await waxseal('run', 'one')).code).to.equal(0);
    expect((await waxseal('test')).code).to.equal(1);
  });

  it('finds waxseal.known.json by itself, and what it says of another client does not count', async () => {
    write('waxseal.config.json', { clients: [client('one', 'careless')] });
    const rows: readonly (readonly [known: object[], code: number])[] = [
      [[], 1],
      [[accepted], 0],
      [[{ ...accepted, client: 'one', owner: 'mail team' }], 0],
      [[{ ...accepted, client: 'other' }], 1],
      [[{ ...accepted, until: '2001-01-31' }], 1],
    ];
    for (const [known, code] of rows) {
      write('waxseal.known.json', known);
      expect((await waxseal('run')).code, JSON.stringify(known)).to.equal(code);
    }
    expect((await waxseal('run', '--no-config')).code).to.equal(2);
  });

  it('an entry that is good now fails', async () => {
    write('waxseal.config.json', { clients: [client('one', 'careful')] });
    write('waxseal.known.json', [accepted]);
    const { code, stdout } = await waxseal('run');
    expect(code).to.equal(1);
    expect(stdout.replace(/\s+/g, ' ')).to.include('is listed as unsafe but is now safe: remove the entry');
  });

  it('--write-known accepts what is new, keeps what others wrote, and drops what is good', async () => {
    write('waxseal.config.json', { clients: [client('one', 'careless')] });
    const others = [
      { case: 'tls-1-3-missing@*', status: 'fail', reason: 'old server' },
      { ...accepted, client: 'other' },
    ];
    write('waxseal.known.json', others);
    const written = await waxseal('run', '--write-known', '--known-owner', 'me', '--known-until', '2100-01-31');
    expect([written.code, written.stderr]).to.deep.equal([
      0,
      `waxseal: ${join(folder, 'waxseal.known.json')}: 1 added, 0 renewed, 0 removed; read the new entries, and say why each is accepted\n`,
    ]);
    const [first, second, added] = read('waxseal.known.json') as { reason: string }[];
    expect([first, second]).to.deep.equal(others);
    expect(added).to.include({ case: CASE, status: 'unsafe', owner: 'me', client: 'one', until: '2100-01-31' });
    expect(added?.reason).to.match(/^not looked at yet: .* sent in clear/);
    expect((await waxseal('run')).code).to.equal(0);
    write('waxseal.config.json', { clients: [client('one', 'careful')] });
    expect((await waxseal('run', '--write-known')).code).to.equal(0);
    expect(read('waxseal.known.json')).to.deep.equal(others);
  });

  it('--write-known renews what has expired', async () => {
    write('waxseal.config.json', { clients: [client('one', 'careless')] });
    write('waxseal.known.json', [{ ...accepted, until: '2001-01-31' }]);
    expect((await waxseal('run', '--write-known', '--known-until', '2100-01-31')).code).to.equal(0);
    expect(read('waxseal.known.json')).to.deep.equal([{ ...accepted, until: '2100-01-31' }]);
  });

  it('--shard: an entry for several cases is not held to be good while other parts may need it', async () => {
    write('waxseal.config.json', {
      clients: [client('one', 'careful', { scenario: ['starttls-not-offered', 'starttls-refused'] })],
    });
    write('waxseal.known.json', [{ case: 'starttls-*', status: 'unsafe', reason: 'known' }]);
    expect((await waxseal('run', '--shard', '2/2')).code).to.not.equal(1);
    expect((await waxseal('run')).code).to.equal(1);
  });
});

describe('waxseal audit with expected ports', function () {
  this.timeout(60_000);

  it('an open port that must be closed, and a closed one that must be open, fail', async () => {
    const { serve } = await import('../../src/index.js');
    await using served = await serve({ protocol: 'imap', tls: 'implicit' });
    const port = String(served.endpoints[0]?.port ?? 0);
    write('ca.pem', served.ca);
    const target = { target: `imaps://localhost:${port}`, ca: ['ca.pem'], check: ['tls-1-2-missing'] };
    const rows: readonly (readonly [expected: object, code: number, found: object])[] = [
      [{ open: [Number(port)], closed: [1] }, 0, { 'port-must-be-open': 'pass', 'port-must-be-closed': 'pass' }],
      [{ closed: [Number(port)] }, 1, { 'port-must-be-closed': 'fail' }],
      [{ open: [1] }, 1, { 'port-must-be-open': 'fail' }],
    ];
    for (const [expected, code, found] of rows) {
      write('waxseal.config.json', { targets: [{ ...target, ...expected }] });
      expect((await waxseal('audit', '--report', 'json:r.json')).code, JSON.stringify(expected)).to.equal(code);
      const { results } = read('r.json') as { results: { id: string; status: string }[] };
      expect(
        Object.fromEntries(results.filter(({ id }) => id.startsWith('port-')).map(({ id, status }) => [id, status])),
      ).to.deep.equal(found);
    }
  });

  it('--shard divides targets', async () => {
    const rows: readonly (readonly [shard: string, told: RegExp])[] = [
      ['1/2', /127\.0\.0\.1:1/],
      ['2/2', /127\.0\.0\.1:2/],
    ];
    for (const [shard, told] of rows) {
      const { stdout } = await waxseal('audit', '--shard', shard, 'imap://127.0.0.1:1', 'imap://127.0.0.1:2');
      expect(stdout).to.match(told);
    }
    const { code, stderr } = await waxseal('audit', '--shard', '3/3', 'imap://127.0.0.1:1');
    expect([code, stderr]).to.deep.equal([0, 'waxseal: no target belongs to this part (--shard)\n']);
  });
});

describe('waxseal init', () => {
  it('says that it asks questions where nobody can answer, and --yes writes a configuration once', async () => {
    expect((await waxseal('init', '--yes', '--')).stderr).to.include('missing client command after --');
    const { code, stderr } = await waxseal('init');
    expect(code).to.equal(2);
    expect(stderr).to.include('use waxseal init --yes');
    expect((await waxseal('init', '--yes')).code).to.equal(0);
    expect((await waxseal('init', '--yes')).stderr).to.include('exists already; --force replaces it');
    expect(
      (await waxseal('init', '--yes', '--force', 'imaps://mail.lab.test', '--', 'fetch', '{url}', 'pop3')).code,
    ).to.equal(0);
    expect(read('waxseal.config.json')).to.deep.equal({
      $schema: 'urn:waxseal:config:1',
      clients: [{ name: 'fetch', protocol: 'pop3', command: ['fetch', '{url}', 'pop3'] }],
      targets: ['imaps://mail.lab.test'],
    });
  });
});

describe('a configuration', () => {
  const one = { name: 'one', protocol: 'pop3', tls: 'starttls', command: ['true'] };
  const rows: readonly (readonly [file: string, text: unknown, complaint: string])[] = [
    ['waxseal.config.json', '{', 'cannot be loaded'],
    ['waxseal.config.json', { client: [] }, 'has an unknown property: client'],
    ['waxseal.config.json', { clients: [{ ...one, tls: 'ssl' }] }, 'at /clients/0/tls'],
    ['waxseal.config.json', { clients: [{ ...one, preset: 'curl' }] }, 'needs a command or a preset, not both'],
    ['waxseal.config.json', { clients: [one, one] }, '"one" is named twice'],
    ['waxseal.config.json', { targets: [{ target: 'a.test', open: [25], closed: [25] }] }, 'cannot be open and closed'],
    ['waxseal.config.json', [], 'must be an object'],
    ['waxseal.config.json', { clients: {} }, 'at /clients must be an array'],
    ['waxseal.config.json', {}, 'has neither clients nor targets'],
    ['waxseal.config.js', 'export const config = {};', 'it has no default export'],
    ['waxseal.config.js', 'throw new Error("mine")', 'mine'],
  ];
  for (const [file, text, complaint] of rows)
    it(`${file} ${JSON.stringify(text)}: ${complaint}`, async () => {
      mkdirSync('package', { recursive: true });
      write('package.json', { type: 'module' });
      write(file, text);
      const { code, stderr } = await waxseal('run');
      expect(code).to.equal(2);
      expect(stderr).to.include(complaint);
    });

  itSeldom('may be TypeScript, with types of the package', () => {
    write('package.json', { type: 'module' });
    write(
      'waxseal.config.ts',
      "import { defineConfig } from 'waxseal';\nconst name: string = 'absent';\nexport default defineConfig({ clients: [{ name, preset: 'curl' }] });\n",
    );
    // Without a compiler in the project, Node 22.18 and newer read it by themselves.
    if (!('typescript' in process.features)) symlinkSync(join(here, 'node_modules'), 'node_modules');
    const { status, stderr } = spawnSync(process.execPath, [commandLine(), 'run', 'other'], { encoding: 'utf8' });
    expect([status, stderr]).to.deep.equal([
      2,
      `waxseal: "other" is not in ${join(folder, 'waxseal.config.ts')}; it has absent\n`,
    ]);
    expect(readdirSync('.').filter((name) => name.startsWith('.'))).to.deep.equal([]);
  });

  it('is one, and named or found', async () => {
    write('waxseal.config.json', {});
    write('waxseal.config.js', 'export default {}');
    expect((await waxseal('run')).stderr).to.include('are both here');
    expect((await waxseal('run', '--config', 'none.json')).stderr).to.include('is not a file');
  });
});
