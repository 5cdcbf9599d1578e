import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createTransport } from 'nodemailer';
import type { Report } from '../../src/document/report-model.js';
import { shellWord } from '../../src/report/shell-word.js';
import { commandLine } from '../support/built.js';
import { ACCOUNT, submissionServer } from '../support/submission-server.js';
import { itOf } from '../support/in-turn.js';

/** A command that stays up, started by a shell as its user types it, in a folder. */
const started = (line: string, cwd: string) => {
  const child = spawn('sh', ['-c', `waxseal() { exec '${process.execPath}' '${commandLine()}' "$@"; }\n${line}`], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(child, 'close').then(() => said);
  return {
    ended,
    stop: () => child.kill('SIGINT'),
    /** The first match in what it says. */
    says: async (pattern: RegExp): Promise<RegExpExecArray> => {
      for (;;) {
        const found = pattern.exec(said);
        if (found !== null) return found;
        await Promise.race([
          once(child.stdout, 'data'),
          once(child.stderr, 'data'),
          ended.then(() => {
            throw new Error(`it ended without ${String(pattern)}: ${said}`);
          }),
        ]);
      }
    },
  };
};

/** A client that takes TLS where it is offered. */
const mail = (port: number, ca: string): Promise<unknown> =>
  createTransport({
    host: '127.0.0.1',
    port,
    auth: { user: ACCOUNT.user, pass: ACCOUNT.password },
    tls: { ca: readFileSync(ca, 'utf8'), servername: 'localhost' },
  })
    .sendMail({ from: 'a@lab.test', to: 'b@lab.test', text: 'hello' })
    .catch(() => undefined);

const againOf = (file: string): string => {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const unsafe = report.results.find(({ status }) => status === 'unsafe');
  if (unsafe === undefined) throw new Error(`nothing is unsafe: ${JSON.stringify(report.results)}`);
  return unsafe.reproduce.map(shellWord).join(' ');
};

describe('the line after “again”', function () {
  const it = itOf('again');
  this.timeout(120_000);
  let folder = '';
  let elsewhere = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'again-'));
    elsewhere = mkdtempSync(join(tmpdir(), 'again-elsewhere-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    rmSync(elsewhere, { recursive: true });
  });

  it('of serve serves the same to the same client, from any folder', async () => {
    writeFileSync(join(folder, 'password'), `${ACCOUNT.password}\n`);
    chmodSync(join(folder, 'password'), 0o600);
    const report = join(folder, 'report.json');
    const play = async (line: string, cwd: string): Promise<{ port: number; told: string }> => {
      const { says, stop, ended } = started(line, cwd);
      const port = Number((await says(/port +(\d+)/))[1]);
      await says(/^ready/m);
      const ca = (await says(/CA +(\S+)/))[1] ?? '';
      await mail(port, ca);
      await says(/connection 1 /);
      await mail(port, ca);
      const [told] = await says(/^unsafe.* connection 2 .*$/m);
      stop();
      await ended;
      // A leak is told while it happens: whether its connection is over by then is chance.
      return { port, told: told.replace(/\d\d:\d\d:\d\d|:\d+|, still open/g, '') };
    };
    const first = await play(
      'waxseal serve --protocol smtp --tls starttls --scenario starttls-not-offered --account lab-account:password --state state --report json:report.json',
      folder,
    );
    const again = againOf(report);
    expect(again).to.include(` --state ${folder}/state --account lab-account:${folder}/password`);
    const second = await play(`${again} --port ${String(first.port)}`, elsewhere);
    expect(second).to.deep.equal(first);
  });

  it('of proxy attacks the same client in the same way, from any folder', async () => {
    const { theirs, server: running } = await submissionServer();
    await using server = running;
    writeFileSync(join(folder, 'their-ca.pem'), theirs.pem);
    const play = async (line: string, cwd: string): Promise<string> => {
      const { says, stop, ended } = started(line, cwd);
      const [, port] = await says(/listening on 127\.0\.0\.1:(\d+)/);
      await mail(Number(port), join(folder, 'our-ca.pem'));
      const [told] = await says(/connection 1 .* unsafe: .*/);
      stop();
      await ended;
      // A leak is told when it happens: whether the client had left by then is chance.
      return told.replace(/:\d+/g, '').replace(', still open', '');
    };
    const first = await play(
      `waxseal proxy submission://127.0.0.1:${String(server.listeners[0]?.port)} --scenario starttls-hidden --scenario starttls-not-offered --no-control --ca their-ca.pem --write-ca our-ca.pem --report json:report.json`,
      folder,
    );
    const again = againOf(join(folder, 'report.json'));
    expect(again).to.include(` --no-control --ca ${folder}/their-ca.pem --write-ca ${folder}/our-ca.pem`);
    expect(await play(again, elsewhere)).to.equal(first);
  });

  const options = (command: string, more: string): string =>
    `waxseal ${command} --format json --report json:report.json ${more}`;

  /** How the first result of a command that ends is made again. */
  const reproduced = async (line: string): Promise<string> => {
    await started(line, folder).ended;
    const [result] = (JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report).results;
    return result?.reproduce.map(shellWord).join(' ') ?? '';
  };

  for (const more of ['-4 --repeat 2', "--ipv4 --answer 'pass word:={password}' --max-time 30"])
    it(`of test repeats ${more}`, async () => {
      const client = '--protocol imap --tls starttls --scenario control --no-self-test';
      const again = await reproduced(options('test', `${client} ${more} -- true`));
      for (const part of more.replace('-4', '--ipv4').split(/ (?=--)/)) expect(again).to.include(part);
    });

  for (const more of [
    '--login-attempts 0 --max-connections 20 --parallel 1 --rate 6000/min --connect-timeout 2.5 --max-time 60',
    '--intrusive --depth quick --servername mail.example.org --ehlo me.example --max-wait 4 --ipv4',
  ])
    it(`of audit repeats ${more}`, async () => {
      const { server: running } = await submissionServer();
      await using server = running;
      const target = `submission://127.0.0.1:${String(server.listeners[0]?.port)}`;
      const again = await reproduced(options('audit', `${target} --check starttls-not-advertised ${more}`));
      for (const part of more.replace('6000/min', '100').split(/ (?=--)/)) expect(again).to.include(part);
    });
});
