import { cp, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../support/installed.js';
import { packageFolder, suite, type Suite } from './suite.js';

const DEBIAN = '/usr/share/gocode';
const IMAP = 'golang-github-emersion-go-imap-dev';

describe('waxseal for Go', function () {
  this.timeout(300_000);
  let path = '';
  let all: Suite;

  before(async function () {
    needs(this, 'go');
    if (!existsSync(`${DEBIAN}/src/github.com/emersion/go-imap`)) {
      if (process.env['WAXSEAL_REQUIRE_REAL'] === '1') throw new Error(`${IMAP} is not installed`);
      this.skip();
    }
    path = await mkdtemp(join(tmpdir(), 'go-'));
    await cp(packageFolder('go'), join(path, 'src/waxseal'), { recursive: true });
    all = await go(['-v']);
  });
  after(() => rm(path, { recursive: true, force: true }));

  /** Its tests, with Debian's libraries. */
  const go = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Suite> =>
    suite('go', ['test', '-count=1', '-vet=all', ...args, '.'], {
      cwd: join(path, 'src/waxseal/tests'),
      env: { GO111MODULE: 'off', GOPATH: `${path}:${DEBIAN}`, GOFLAGS: '', ...env },
    });

  const ended = ({ output }: Suite, how: 'PASS' | 'FAIL' | 'SKIP'): string[] =>
    [...output.matchAll(new RegExp(`^ *--- ${how}: (\\S+)`, 'gm'))].map(([, name = '']) => name);

  it('is formatted as gofmt formats', async () => {
    expect(await suite('gofmt', ['-l', packageFolder('go')], { cwd: path })).to.deep.equal({ code: 0, output: '' });
  });

  it('passes what is careful: net/smtp and go-imap', () => {
    expect(ended(all, 'PASS')).to.include.members([
      'TestCarefulSMTP/starttls-not-offered',
      'TestCarefulIMAP/starttls-not-offered',
      'TestCarefulIMAPS/certificate-fault/expired',
      'TestOpportunisticSMTP/starttls-not-offered',
    ]);
  });

  it('fails what is careless, and nothing else', () => {
    expect(ended(all, 'FAIL').filter((name) => name.includes('/'))).to.have.members([
      'TestCarelessSMTP/starttls-not-offered',
      'TestCarelessIMAP/starttls-not-offered',
      'TestBroken/control',
    ]);
    expect(all.code).to.equal(1);
  });

  it('shows the marked transcript at the line of the user’s test', () => {
    expect(all.output).to.match(/^ +runs_test\.go:\d+: starttls-not-offered@imap\+starttls#server is unsafe: /m);
    expect(all.output).to.match(/^ +▶ .*C: .* LOGIN /m);
    expect(all.output).to.match(/^ +again: go test -run '\^TestCarelessIMAP\$\/\^starttls-not-offered\$'$/m);
    expect(all.output).to.not.match(/waxseal\.go:/);
  });

  it('says what a client returned that fails with an honest server, and skips the rest', () => {
    expect(all.output).to.match(/runs_test\.go:\d+: the client fails with an honest server: nonsense/);
    expect(ended(all, 'SKIP')).to.include('TestBroken/starttls-not-offered');
  });

  it('says which scenario is none', () => {
    expect(all.output).to.match(/runs_test\.go:\d+: .*"no-such-scenario" matches no scenario/);
  });

  it('runs the steps before a test that is run alone', async () => {
    const alone = await go(['-v', '-run', '^(TestCarelessSMTP|TestBroken)$/^starttls-not-offered$']);
    expect(ended(alone, 'FAIL')).to.include.members([
      'TestCarelessSMTP/starttls-not-offered',
      'TestBroken/starttls-not-offered',
    ]);
    expect(alone.output)
      .to.match(/is unsafe: /)
      .and.match(/the client fails with an honest server: nonsense/);
  });

  const COMMANDS = [
    {
      name: 'is missing',
      command: '/nowhere/waxseal',
      says: /cannot start waxseal \(.*\/nowhere\/waxseal.*\): put it on the PATH/,
    },
    { name: 'is another program', command: "'cat' /nowhere", says: /waxseal has ended: .*cat/ },
  ];

  for (const { name, command, says } of COMMANDS)
    it(`says what is wrong where waxseal ${name}`, async () => {
      const { code, output } = await go(['-run', 'TestGlob'], { WAXSEAL: command });
      expect(output).to.match(says);
      expect(code).to.equal(1);
    });
});
