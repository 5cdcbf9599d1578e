import { expect } from 'chai';
import scenarios from '../../src/scenarios/index.js';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { commandReference } from '../../src/cli/program.js';
import { waxseal } from './run-cli.js';
import { it } from '../support/in-turn.js';

const root = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'cli-'));
const file = (name: string, text: string): string => {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
};
const empty = join(scratch, 'empty');
mkdirSync(empty);
/** A path where nothing is, and where no other program of this machine puts anything. */
const absent = join(scratch, 'absent');

const test = (...words: string[]): string[] => ['test', '--protocol', 'imap', '--tls', 'starttls', ...words];
const client = ['--', process.execPath, '-e', '0'];

/** Invocations that can't be right, and what the message must say. */
const rows: readonly (readonly [argv: readonly string[], ...words: string[]])[] = [
  [[], 'missing command', 'waxseal --help'],
  [['tets'], 'tets', 'did you mean test?'],
  [['test'], 'after --', 'example: waxseal test'],
  [['test', '--'], 'missing client command after --;'],
  [test('curl'), 'put -- before "curl"'],
  [test('--ssl-reqd'), '--ssl-reqd', 'come after --'],
  [test('words', ...client), 'unexpected "words" before --'],
  [['rules', 'snort'], "'snort' is invalid for <form>", 'suricata, zeek, tshark'],
  [['test', ...client], 'missing --protocol: smtp', 'missing --protocol'],
  [['test', '--protocol', 'imap', ...client], 'missing --tls: starttls', '{url}'],
  [['test', '--protocol', 'nntp', ...client], 'nntp', 'smtp, imap, pop3, managesieve'],
  [['test', '--protocol', 'imap', '--tls', 'yes', ...client], 'yes', 'starttls, implicit'],
  [test('--', 'no-such-client-anywhere'), 'no-such-client-anywhere', 'not in PATH'],
  [test('--', join(absent, 'client')), join(absent, 'client')],
  [test('--scenario', 'nothing-like-it', ...client), '"nothing-like-it" matches no scenario', 'waxseal list scenarios'],
  [test('--scenario', 'starttls-refusd', ...client), 'did you mean starttls-refused?'],
  [test('--jobs', '0', ...client), 'from 1 to 256'],
  [test('--jobs', 'many', ...client), 'from 1 to 256'],
  [test('--max-time', '-3', ...client), 'Use a number of seconds'],
  [test('--repeat', '1.5', ...client), 'whole number'],
  [
    test('--format', 'yaml', ...client),
    'yaml',
    'github, html, json, junit, markdown, ndjson, openmetrics, sarif, svg, tap, testsslcsv, testssljson, text',
  ],
  [test('--report', 'report.json', ...client), 'Use FORMAT:FILE'],
  [
    test('--report', `json:${join(absent, 'report.json')}`, ...client),
    join(absent, 'report.json'),
    'cannot be written',
  ],
  [test('--record', '/dev/null/x', ...client), '/dev/null/x', 'cannot be made'],
  [test('--known', absent, ...client), absent, 'no such file or folder; check the path'],
  [['serve', '--control', '--port', '1'], "option '--control' needs a value; see waxseal serve --help"],
  [['explain', ''], 'unknown: ""; known are port numbers'],
  [['diff', file('picture.png', '\u0089PNG\0\0'), absent], 'it is a binary file'],
  [test('--known', file('known.json', '[{"case":"x"}]'), ...client), 'entry 1', 'expected ['],
  [test('--fail-on', 'severe', ...client), 'severe', 'critical, high'],
  [test('-4', '-6', ...client), 'exclude each other'],
  [test('--file', 'x', ...client), 'NAME=TEMPLATE'],
  [test('--preset', 'crul'), 'did you mean curl?'],
  [test('--preset', 'curl', ...client), 'give --preset or a command, not both'],
  [['test', '--preset', 'msmtp', '--protocol', 'imap'], 'msmtp has no configuration for imap required; it has smtp'],
  [test('--account', file('account', 'u\np\n'), ...client), 'needs --through'],
  [test('--ca', file('not.pem', 'x'), ...client), '--ca needs --through'],
  [['test', '--preset', 'curl', '--protocol', 'imap', '--shell'], '--shell is about COMMAND'],
  [['serve', '--known', file('empty-known.json', '[]')], '--known needs --report'],
  [['serve', '--keep-secrets'], '--keep-secrets needs --record or --report'],
  [['bridge', 'imap://127.0.0.1', '--allow-client', '192.0.2.7'], '--allow-client needs --listen (or --socks)'],
  [['test', '--through', '127.0.0.1', ...client], 'which protocol does 127.0.0.1 speak?', 'imap://127.0.0.1'],
  [['test', '--through', 'http://127.0.0.1', ...client], 'unsupported scheme http'],
  [['audit'], 'missing target'],
  [['audit', 'http://mail.example.org'], 'invalid target'],
  [['audit', '--check', 'nothing-like-it', '127.0.0.1'], 'matches no check'],
  [['audit', '--ca', file('not.pem', 'x'), '127.0.0.1'], 'certificate in PEM form'],
  [['audit', '--targets', absent], 'no such file'],
  [['judge'], "missing required argument 'path'"],
  [['judge', absent], absent, 'no such file'],
  [['judge', empty], 'holds no .json file', '--record'],
  [['list', 'scenaris'], 'did you mean scenarios?'],
  [['explain', 'starttls-refusd'], 'did you mean starttls-refused?'],
  [['explain', '1'], 'waxseal list ports'],
  [['serve', '--account', 'alice'], 'USER:PASSWORD-FILE', 'alice:./password'],
  [['serve', '--port', '0'], 'whole number from 1 to 65535'],
  [test('--cwd', absent, ...client), '--cwd', 'is not a folder'],
  [test('--home', absent, ...client), '--home', 'is not a folder'],
  [test('--answer', 'password', ...client), '--answer needs PATTERN=TEXT'],
  [test('--until-idle', '2', ...client), 'at least 3 seconds'],
  [['serve', '--scenario', 'nothing-like-it'], 'matches no scenario'],
  [test('--scenario', '', ...client), '"" matches no scenario'],
  [['serve', '--scenario', ''], '"" matches no scenario'],
  [['proxy', 'imap://127.0.0.1', '--scenario', ''], 'no scenario ""'],
  [['audit', '--check', '', '127.0.0.1'], '"" matches no check'],
  [test('--cwd', join(file('plain', 'x'), 'below'), ...client), '--cwd', 'is not a folder'],
  [test('--home', join(file('plain', 'x'), 'below'), ...client), '--home', 'is not a folder'],
  [
    test('--through', 'imap://127.0.0.1', '--account', join(file('plain', 'x'), 'below'), ...client),
    'a part of the path is not a folder',
  ],
  [test('--through', 'imap://127.0.0.1', '--account', empty, ...client), 'the account file', 'it is a folder'],
  [test('--through', 'imap://127.0.0.1', '--ca', file('not.pem', 'x'), ...client), 'certificate in PEM form'],
  [['proxy', 'imap://127.0.0.1', '--ca', file('not.pem', 'x')], 'certificate in PEM form'],
  [test('--env', 'NAME=value', ...client), '--env', 'Use the name alone'],
  [test('--report', `json:${empty}`, ...client), 'cannot be written: it is a folder'],
  [['audit', '--ehlo', 'a b', '127.0.0.1'], '--ehlo', 'Use a host name'],
  [['audit', '--servername', '', '127.0.0.1'], '--servername', 'Use a host name'],
  [['serve', '--state', file('plain', 'x')], 'the state folder', 'a part of the path is not a folder'],
  [['serve', '--account', `alice:${empty}`], 'the password file', 'it is a folder'],
  [['corpus', '/proc/none'], 'the folder "/proc/none" for captures cannot be made', 'name one that you may write to'],
  [test('--record', '/proc/none/below', ...client), 'the folder "/proc/none/below" for recordings cannot be made'],
  [['serve', '--state', '/proc/none'], 'the state folder "/proc/none" cannot be written'],
  [['serve', '--all', '--maildir', '/proc/none'], 'the Maildir "/proc/none" cannot be made', 'that you may write to'],
  [['export', '--allow', ''], '--allow needs a pattern, not ""', 'examples: mail.example.org'],
  [
    ['serve', '--protocol', 'imap', '--tls', 'implicit', '--scenario', 'starttls-refused'],
    '"starttls-refused" does not exist for imap with implicit',
  ],
];

describe('bad input', () => {
  for (const [argv, ...words] of rows) {
    it(`waxseal ${argv.join(' ').replaceAll(scratch, '').replaceAll(process.execPath, 'node')} → 2`, async () => {
      const { code, stdout, stderr } = await waxseal(...argv);
      expect(code, stderr).to.equal(2);
      expect(stdout).to.equal('');
      for (const word of words) expect(stderr).to.include(word);
      expect(stderr, 'one line, and no stack').to.match(/^waxseal: [^\n]+\n$/);
    });
  }

  it('a known result that no case can have is named, whatever was chosen', async () => {
    const entry = (name: string): string => `{"case":"${name}","status":"unsafe","reason":"x"}`;
    const path = file(
      'typo.json',
      `[${entry('starttls-refusd/*')},${entry('preauth')},${entry('*@smtp+implicit#middle')}]`,
    );
    const { stdout } = await waxseal(...test('--known', path, '--scenario', 'control', '--no-self-test', ...client));
    expect(stdout.replace(/\s+/g, ' ')).to.include('known result "starttls-refusd/*" matches no case that exists');
    expect(stdout).not.to.include('"preauth"').and.not.to.include('#middle"');
  });

  it('corrupt recordings are said, the others are judged → 3', async () => {
    const folder = join(scratch, 'recordings');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.json'), '{"schema":');
    writeFileSync(join(folder, 'b.json'), readFileSync(join(root, 'fixtures/recordings/curl-insists-imap.json')));
    const { code, stdout } = await waxseal('judge', folder);
    expect(code).to.equal(3);
    expect(stdout).to.include('1 safe').and.include('cut off');
  });

  it('a file that is no capture is said to be none, and nothing is counted in it → 3', async () => {
    const { code, stdout } = await waxseal('judge', file('words.pcap', 'no packets'));
    expect(code).to.equal(3);
    expect(stdout.replace(/\s+/g, ' ')).to.include('it is neither pcap nor pcapng').and.not.to.include('0 packets');
  });

  it('an account that others can read is refused', async () => {
    const path = file('open-account', 'user\npassword\n');
    chmodSync(path, 0o644);
    const { code, stderr } = await waxseal('test', '--through', 'imap://127.0.0.1', '--account', path, ...client);
    expect(code).to.equal(2);
    expect(stderr).to.include('chmod 600');
  });
});

describe('good input', () => {
  for (const word of [
    'case',
    'visit',
    'canary',
    'seat',
    'cell',
    'place',
    'flaw',
    'probe',
    'downgradable',
    'step',
    'claim',
  ])
    it(`explain ${word} says what it means`, async () => {
      const { code, stdout } = await waxseal('explain', word);
      expect(code).to.equal(0);
      expect(stdout).to.match(new RegExp(`^${word}\\n\\nMeaning: `));
    });

  it('list without a kind names the kinds', async () => {
    const { code, stdout } = await waxseal('list');
    expect(code).to.equal(0);
    expect(stdout).to.include('waxseal list scenarios\n').and.include('waxseal list formats\n');
  });

  it('--version starts hardly anything', async () => {
    const loaded = await new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        ['--import', 'tsx', 'src/cli/main.ts', '--version'],
        { cwd: root },
        (_error, stdout) => {
          resolve(stdout);
        },
      );
    });
    expect(loaded.trim()).to.equal(
      (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
    );
    expect(readFileSync(join(root, 'src/cli/main.ts'), 'utf8')).to.match(/^#!\/usr\/bin\/env node\n/);
    // Whatever the definitions of the commands import at once, every command pays for.
    const cli = join(root, 'src/cli');
    const imports = ['program.ts', ...readdirSync(join(cli, 'commands')).map((name) => `commands/${name}`)].flatMap(
      (file) =>
        [...readFileSync(join(cli, file), 'utf8').matchAll(/^import (?!type)[^;]* from '(.*)'/gm)].map(
          ([, from = '']) => (from.startsWith('.') ? relative(cli, join(cli, dirname(file), from)) : from),
        ),
    );
    expect([...new Set(imports)].filter((from) => !from.startsWith('commands/')).sort()).to.deep.equal([
      '../fault.js',
      '../probes/depth.js',
      '../protocols/in-words.js',
      '../protocols/names.js',
      '../report/escape.js',
      '../rules/rule-form.js',
      'bug.js',
      'commander',
      'files.js',
      'options.js',
      'unexpected.js',
    ]);
  });

  for (const name of ['', 'test', 'audit', 'serve', 'proxy', 'bridge', 'judge', 'list', 'explain', 'demo']) {
    it(`waxseal ${name} --help → 0`, async () => {
      const { code, stdout } = await waxseal(...(name === '' ? [] : [name]), '--help');
      expect(code).to.equal(0);
      expect(stdout).to.include('Usage: waxseal');
      // With what stands after the options, which nothing wraps.
      expect(stdout.split('\n').filter((line) => line.length > 80)).to.deep.equal([]);
    });

    it(`waxseal ${name} --help fits 80 columns`, () => {
      const [{ help } = { help: '' }] = commandReference('0', 80).filter(
        (each) => each.name === ['waxseal', name].join(' ').trim(),
      );
      expect(help.split('\n').filter((line) => line.length > 80)).to.deep.equal([]);
    });
  }

  for (const [name, option] of [
    ['test', '--verbose'],
    ['proxy', '--verbose'],
    ['judge', '--verbose'],
    ['audit', '--verbose'],
  ] as const) {
    it(`waxseal ${name} has the ${option} that its report names`, async () => {
      const { stdout } = await waxseal(name, '--help');
      expect(stdout).to.match(new RegExp(`^  ${option} `, 'm'));
    });
  }

  for (const kind of [
    'scenarios',
    'checks',
    'findings',
    'protocols',
    'ports',
    'certificates',
    'presets',
    'placeholders',
    'formats',
  ]) {
    it(`waxseal list ${kind} → 0, as lines and as JSON`, async () => {
      const json = await waxseal('list', kind, '--format', 'json');
      const all = JSON.parse(json.stdout) as { id: string; title: string }[];
      const lines = await waxseal('list', kind);
      expect([json.code, lines.code]).to.deep.equal([0, 0]);
      expect(lines.stdout.trimEnd().split('\n')).to.have.length(all.length);
      for (const { id, title } of all) expect(id !== '' && title !== '').to.be.true;
    });
  }

  for (const [id, word] of [
    ['starttls-not-taken', 'Switch STARTTLS on'],
    ['starttls-stripped', '--other-side'],
    ['993', '993 is IMAP, 995 is POP3'],
    ['587', 'must upgrade with STARTTLS'],
    ['563', 'NNTP'],
    ['2525', 'is not registered for it'],
    ['hsts', 'MTA-STS'],
    ['firewall', '4190'],
    ['starttls-refused/454', 'RFC 3207'],
    ['login-offered-before-tls', 'smtpd_tls_auth_only'],
    ['certificate-chain', '--chains builtin'],
  ] as const) {
    it(`waxseal explain ${id}`, async () => {
      const { code, stdout } = await waxseal('explain', id);
      expect(code).to.equal(0);
      expect(stdout.replace(/\s+/g, ' ')).to.include(word);
    });
  }

  it('waxseal explain is as wide as COLUMNS says', async () => {
    const before = process.env['COLUMNS'];
    const widest: number[] = [];
    try {
      for (const width of ['50', '120']) {
        process.env['COLUMNS'] = width;
        const { stdout } = await waxseal('explain', 'sni');
        widest.push(Math.max(...stdout.split('\n').map((line) => line.length)));
      }
    } finally {
      if (before === undefined) delete process.env['COLUMNS'];
      else process.env['COLUMNS'] = before;
    }
    expect(widest[0]).to.be.within(40, 50);
    expect(widest[1]).to.be.within(100, 120);
  });

  it('waxseal explain tells all that has the name', async () => {
    const { stdout } = await waxseal('explain', 'starttls-refused', 'control');
    expect(stdout).to.include('starttls-refused: STARTTLS is listed, and refused (scenario)\n');
    expect(stdout).to.include('starttls-refused: STARTTLS is accepted where it is advertised (check)\n');
    expect(stdout).to.match(/control \(word\)\n\nMeaning: .+[^]+control: .* \(scenario\)\n/);
  });

  it('waxseal explain says the deed of every scenario', () => {
    for (const { id, attack } of scenarios) expect(attack, id).to.be.a('string');
  });

  it('waxseal explain 465 587 explains both', async () => {
    const { stdout } = await waxseal('explain', '465', '587');
    expect(stdout).to.include('Port 465').and.include('Port 587');
  });
});

describe('what is built', () => {
  // Whether dist was built by npm, or by a compiler alone, is known only where everything was installed from scratch.
  if (process.env['WAXSEAL_REQUIRE_REAL'] === '1')
    it('can be executed', () => {
      expect(statSync(join(root, 'dist/cli/main.js')).mode & 0o111).to.equal(0o111);
      expect(readFileSync(join(root, 'dist/cli/main.js'), 'utf8')).to.match(/^#!\/usr\/bin\/env node\n/);
    });

  it('is made executable by the build', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { build: string } };
    expect(scripts.build).to.equal('tsx scripts/build.ts');
    expect(readFileSync(join(root, 'scripts/build.ts'), 'utf8')).to.match(
      /for \(const program of \['cli\/main\.js', .*chmodSync\(.*0o755\)/,
    );
  });
});
