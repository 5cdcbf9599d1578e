import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../support/installed.js';
import { packageFolder, suite, type Suite } from './suite.js';

const JARS = ['junit-platform-console-standalone', 'jakarta-mail', 'jakarta-activation'].map(
  (name) => `/usr/share/java/${name}.jar`,
);
const FOLDER = packageFolder('java');

describe('waxseal for JUnit 5', function () {
  this.timeout(200_000);
  let classes = '';
  let all: Suite;

  before(async function () {
    needs(this, 'javac');
    const missing = JARS.find((jar) => !existsSync(jar));
    if (missing !== undefined) {
      if (process.env['WAXSEAL_REQUIRE_REAL'] === '1')
        throw new Error(`${missing} is missing: junit5, libjakarta-mail-java`);
      this.skip();
    }
    classes = await mkdtemp(join(tmpdir(), 'java-'));
    const sources = (await readdir(join(FOLDER, 'src'), { recursive: true }))
      .filter((name) => name.endsWith('.java'))
      .map((name) => join(FOLDER, 'src', name));
    const compiled = await suite(
      'javac',
      ['--release', '11', '-Xlint:all,-path', '-Werror', '-d', classes, '-cp', JARS.join(':'), ...sources],
      { cwd: FOLDER },
    );
    expect(compiled).to.deep.equal({ code: 0, output: '' });
    all = await junit(['--select-package', 'waxseal.junit']);
  });
  after(() => rm(classes, { recursive: true, force: true }));

  const junit = (chosen: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Suite> =>
    suite(
      'java',
      [
        ...[
          '-XX:TieredStopAtLevel=1',
          '-cp',
          [classes, ...JARS].join(':'),
          'org.junit.platform.console.ConsoleLauncher',
        ],
        ...['--disable-banner', '--disable-ansi-colors', '--details-theme', 'ascii', ...chosen],
      ],
      { cwd: FOLDER, env },
    );

  /** Names of tests that ended so, as `carelessSmtp control`. */
  const ended = ({ output }: Suite, mark: 'OK' | 'X' | 'A'): string[] => {
    const found: string[] = [];
    let method = '';
    for (const line of output.split('\n')) {
      const [, indent = '', name = '', how = ''] = /^((?:[|'+ -])+)(\S+) \[(OK|X|A)\]/.exec(line) ?? [];
      if (name.endsWith(')')) method = name.replace(/\(.*/, '');
      if (how === mark && indent.length > 9) found.push(`${method} ${name}`);
    }
    return found;
  };

  it('passes what is careful: Jakarta Mail by SMTP, IMAP and POP3', () => {
    expect(ended(all, 'OK')).to.include.members([
      'carefulSmtp starttls-not-offered',
      'carefulSmtp certificate-fault/expired',
      'carefulImap starttls-not-offered',
      'carefulPop3s certificate-fault/expired',
      'opportunisticSmtp starttls-not-offered',
    ]);
  });

  it('fails what is careless, and nothing else', () => {
    expect(ended(all, 'X')).to.have.members([
      'carelessSmtp starttls-not-offered',
      'carelessImap starttls-not-offered',
      'broken control',
    ]);
    expect(all.code).to.equal(1);
  });

  it('shows the marked transcript, and no stack of the extension', () => {
    expect(all.output).to.match(/java\.lang\.AssertionError: starttls-not-offered@imap\+starttls#server is unsafe: /);
    expect(all.output).to.match(/^▶ .*C: /m);
    expect(all.output).to.match(/^again: mvn test '-Dtest=ClientsTest#carelessImap'$/m);
    expect(all.output).to.not.match(/waxseal\.junit\.(?:Session|Control)\./);
  });

  it('shows what a client throws that fails with an honest server, and aborts the rest', () => {
    expect(all.output).to.match(/=> java\.lang\.IllegalStateException: nonsense\s+waxseal\.junit\.ClientsTest\.broken/);
    expect(ended(all, 'A')).to.include.members(['broken starttls-not-offered', 'assumed control']);
  });

  it('says which scenario is none', () => {
    expect(all.output).to.match(/glob\(Server\) \[X\] .*"no-such-scenario" matches no scenario/);
  });

  it('reads and writes JSON', () => {
    expect(all.output)
      .to.match(/readsWhatItWrites\(\) \[OK\]/)
      .and.match(/refusesWhatIsNoJson\(\) \[OK\]/);
  });

  it('runs the steps before an invocation that is run alone', async () => {
    const third = (method: string): string => `method:waxseal.junit.ClientsTest#${method}(waxseal.junit.Server)[2]`;
    const alone = await junit(['carelessImap', 'broken'].flatMap((method) => ['--select-iteration', third(method)]));
    expect(ended(alone, 'X')).to.have.members(['carelessImap starttls-not-offered', 'broken starttls-not-offered']);
    expect(alone.output)
      .to.match(/is unsafe: /)
      .and.match(/IllegalStateException: nonsense/);
  });

  const COMMANDS = [
    {
      name: 'is missing',
      command: '/nowhere/waxseal',
      says: /cannot start \/nowhere\/waxseal \(.*\): put waxseal on the PATH/,
    },
    { name: 'is another program', command: "'cat' /nowhere", says: /waxseal has ended: .*cat/ },
  ];

  for (const { name, command, says } of COMMANDS)
    it(`says what is wrong where waxseal ${name}`, async () => {
      const { code, output } = await junit(
        ['--select-method', 'waxseal.junit.ClientsTest#glob(waxseal.junit.Server)'],
        {
          WAXSEAL: command,
        },
      );
      expect(output).to.match(says);
      expect(code).to.equal(1);
    });
});
