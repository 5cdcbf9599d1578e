import { execFile, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
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
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { serve } from '../../src/index.js';
import { cellAvailability } from '../../src/place/cell.js';
import { commandLine } from '../support/built.js';

const PLUGIN = `
import { defineScenario, fallsBackToPlaintext, secretsStayInsideTls } from 'waxseal/scenario';
export default defineScenario({
  id: 'acme-nothing', family: 'refuse', title: 'Nothing', why: 'None.', references: [], modes: ['starttls'], tamper: {},
  judge: secretsStayInsideTls, flaw: fallsBackToPlaintext, covers: [],
});
`;

const ROOT = new URL('../../', import.meta.url).pathname;

interface Instruction {
  readonly name: string;
  readonly words: string;
}

/** The stages of the Containerfile, instruction by instruction. */
const containerfile = (): Instruction[][] => {
  const stages: Instruction[][] = [];
  for (const line of readFileSync(join(ROOT, 'Containerfile'), 'utf8').split('\n')) {
    const [, name, words] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (name === undefined || words === undefined) continue;
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, words });
  }
  return stages;
};

describe('the single executable', function () {
  this.timeout(180_000);
  let folder = '';
  let executable = '';
  let env: Record<string, string> = {};

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'executable-')));
    executable = join(folder, 'waxseal');
    const script = new URL('../../scripts/single-executable/main.ts', import.meta.url).pathname;
    await promisify(execFile)(process.execPath, ['--import', 'tsx', script, '--output', executable]);
    // Every program of this machine, but no Node.
    const programs = join(folder, 'bin');
    mkdirSync(programs);
    for (const path of ['/usr/bin', '/bin', '/usr/sbin', '/sbin'])
      for (const name of readdirSync(path).filter((each) => !/^(?:node.*|npm|npx|corepack)$/.test(each)))
        try {
          symlinkSync(join(path, name), join(programs, name));
        } catch {
          // It is there already: /bin is /usr/bin.
        }
    env = { PATH: programs, HOME: folder, TMPDIR: tmpdir() };
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const waxseal = (...words: string[]): SpawnSyncReturns<string> =>
    spawnSync(executable, words, { cwd: folder, env, encoding: 'utf8' });
  const curl = (tls: '--ssl' | '--ssl-reqd'): string[] =>
    `--protocol imap --tls starttls --scenario starttls-not-offered -- curl -sS ${tls} --cacert {ca} -u {user}:{password} {url}`.split(
      ' ',
    );

  it('needs no Node', () => {
    expect(spawnSync('sh', ['-c', 'command -v node'], { env }).status).to.not.equal(0);
  });

  const rows: readonly (readonly [words: string[], code: number, says: RegExp])[] = [
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
    [['--help'], 0, /waxseal demo/],
    [['list', 'scenarios'], 0, /^starttls-not-offered /m],
    [['explain', '993'], 0, /IMAP/],
    [['completion', 'bash'], 0, /complete/],
    [['test', ...curl('--ssl-reqd')], 0, /2 safe/],
    [['test', ...curl('--ssl')], 1, /unsafe \(critical\)/],
    [['demo'], 0, /the careless client was caught/],
    [['list', 'scenarios', '--plugin', 'plugin.mjs'], 0, /^acme-nothing /m],
    [['run', '--config', 'config.mjs', 'absent'], 2, /it has one$/m],
    [['judge', 'recordings'], 0, /safe/],
  ];
  for (const [words, code, says] of rows)
    it(`waxseal ${words.join(' ')} → ${String(code)}`, () => {
      writeFileSync(join(folder, 'plugin.mjs'), PLUGIN);
      writeFileSync(
        join(folder, 'config.mjs'),
        "import { defineConfig } from 'waxseal'; export default defineConfig({ clients: [{ name: 'one', preset: 'curl' }] });",
      );
      if (words[0] === 'judge')
        expect(waxseal('test', '--record', 'recordings', ...curl('--ssl-reqd')).status).to.equal(0);
      const { status, stdout, stderr } = waxseal(...words);
      expect(stdout + stderr).to.match(says);
      expect(status, stdout + stderr).to.equal(code);
      if (code === 0) expect(stderr).to.equal('');
    });

  it('runs itself again in a cell', async function () {
    if (!(await cellAvailability()).available) this.skip();
    const { status, stdout, stderr } = waxseal('test', '--place', 'cell', ...curl('--ssl'));
    expect(status, stdout + stderr).to.equal(1);
    expect(stdout).to.include('mail.lab.test');
  });

  it('redirects the connections of a command', async function () {
    if (!(await cellAvailability()).available) this.skip();
    const words =
      'proxy --transparent --no-control --connect-to ::localhost: -- curl -sS --max-time 5 imap://192.0.2.1'.split(' ');
    const { stderr } = waxseal(...words);
    expect(stderr).to.include('redirecting mail connections of the command');
    expect(stderr).to.not.match(/usage|unknown command|cannot be redirected/);
  });

  it('audits a server', async () => {
    await using served = await serve({ protocol: 'imap', tls: 'implicit' });
    writeFileSync(join(folder, 'ca.pem'), served.ca);
    const target = `imaps://localhost:${String(served.endpoints[0]?.port)}`;
    const audit = promisify(execFile)(executable, ['audit', target, '--ca', 'ca.pem', '--depth', 'quick'], {
      cwd: folder,
      env,
    });
    expect((await audit).stdout).to.include(target);
  });

  it('takes commands of a test suite', async () => {
    const child = spawn(executable, ['serve', '--control', 'stdio'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const answered = once(createInterface({ input: child.stdout }), 'line');
    child.stdin.write('{"command":"start","protocol":"imap","tls":"implicit"}\n');
    const line = String((await answered)[0]);
    expect(JSON.parse(line)).to.have.nested.property('answer.host', 'localhost');
    child.stdin.end();
    expect((await ended)[0]).to.equal(0);
  });

  it('is what the Containerfile runs, without a Node, and --health says when it is ready', async function () {
    if (!(await cellAvailability()).available) this.skip();
    const stages = containerfile();
    expect(stages).to.have.length(2);
    const [build = [], last = []] = stages;
    const word = (stage: readonly Instruction[], name: string): string[] =>
      stage.filter((each) => each.name === name).map((each) => each.words);
    for (const copied of word(build, 'COPY').flatMap((words) => words.split(' ').slice(0, -1)))
      expect(existsSync(join(ROOT, copied)), copied).to.equal(true);
    expect(word(build, 'RUN')).to.include('npm run executable -- --output /out/waxseal');
    expect(word(last, 'USER')).to.deep.equal(['10001:10001']);
    const [health = ''] = word(last, 'HEALTHCHECK');
    const checked = JSON.parse(/CMD (\[.*\])$/.exec(health)?.[1] ?? '[]') as string[];
    const [entry = '[]'] = word(last, 'ENTRYPOINT');
    const [command = '[]'] = word(last, 'CMD');
    const state = join(folder, 'state');
    mkdirSync(state);
    const started = [...(JSON.parse(entry) as string[]), ...(JSON.parse(command) as string[])].map((each) =>
      each === '/state' ? state : each,
    );
    // A network of its own, where these ports are free; nobody but its own user there.
    const script = `ip link set lo up
      "$@" >served 2>&1 &
      ${checked.join(' ')} && exit 9
      for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ${checked.join(' ')} && break; sleep 0.5; done
      curl -sS --cacert "$STATE/ca.pem" --user any:any imaps://localhost:2993 >listed
      kill -INT $!; wait $!; echo "exit $?"`;
    const unshared = ['--user', '--net', '--map-root-user', 'sh', '-c', script, 'sh', ...started];
    const { stdout, stderr } = spawnSync('unshare', unshared, {
      cwd: folder,
      env: { ...env, PATH: `${folder}:${env['PATH'] ?? ''}`, STATE: state, WAXSEAL_HTTP_TOKEN: 'a-token-for-the-lab' },
      encoding: 'utf8',
    });
    expect(stdout, stderr).to.equal('ready\nexit 130\n');
    expect(stderr).to.match(/^waxseal: not ready: /);
    expect(readFileSync(join(folder, 'listed'), 'utf8')).to.include('INBOX');
  });

  it('starts at most 1.5 times as slowly as Node starts the package', () => {
    const words = ['list', 'scenarios'];
    const elapsed = (command: string, args: string[]): number => {
      const started = process.hrtime.bigint();
      spawnSync(command, args);
      return Number(process.hrtime.bigint() - started);
    };
    // The least of several, by turns: what else the machine does only adds.
    const [own, packed] = [[] as number[], [] as number[]];
    for (let round = 0; round < 8; round += 1) {
      own.push(elapsed(executable, words));
      packed.push(elapsed(process.execPath, [commandLine(), ...words]));
    }
    expect(Math.min(...own) / Math.min(...packed)).to.be.below(1.5);
  });
});
