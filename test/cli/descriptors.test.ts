import { expect } from 'chai';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { writeOut, writeWhole } from '../../src/cli/files.js';
import { builtByModule, commandLine } from '../support/built.js';
import { itOf } from '../support/in-turn.js';

const scratch = mkdtempSync(join(tmpdir(), 'files-'));

interface Running {
  readonly server: ChildProcess;
  readonly port: number;
  readonly stderr: () => string;
  /** Resolves with the next event of this kind. */
  readonly event: (kind: string) => Promise<void>;
}

const serving = async (...argv: string[]): Promise<Running> => {
  const server = spawn(process.execPath, [
    commandLine(),
    ...'serve --protocol imap --tls starttls --format json'.split(' '),
    ...argv,
  ]);
  let stderr = '';
  server.stderr.on('data', (data) => (stderr += String(data)));
  const waiting = new Map<string, () => void>();
  let port = 0;
  createInterface({ input: server.stdout }).on('line', (line) => {
    const told = JSON.parse(line) as { event: string; port?: number };
    if (told.event === 'endpoint') port = told.port ?? 0;
    waiting.get(told.event)?.();
  });
  const event = (kind: string): Promise<void> => new Promise((resolve) => waiting.set(kind, resolve));
  await event('ready');
  return { server, port, stderr: () => stderr, event };
};

const ended = async (server: ChildProcess): Promise<unknown> => {
  server.kill('SIGINT');
  return (await once(server, 'exit'))[0] as unknown;
};

const joined = async (port: number): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
  await new Promise<void>((resolve) => {
    socket.once('data', () => resolve()).once('close', () => resolve());
  });
  return socket;
};

describe('what is written while much goes wrong', () => {
  const it = itOf('descriptors');
  it('the report of serve is written although clients took all file descriptors (ulimit -n 64)', async () => {
    const report = join(scratch, 'report.json');
    const { server, port } = await serving('--report', `json:${report}`);
    // Set once it is up: to load itself, a program needs more.
    execFileSync('prlimit', ['--pid', String(server.pid), '--nofile=64:']);
    const sockets = await Promise.all(Array.from({ length: 80 }, () => joined(port)));
    expect(readdirSync(`/proc/${String(server.pid)}/fd`).length, 'descriptors ran out').to.be.greaterThan(60);
    expect(await ended(server)).to.equal(130);
    for (const socket of sockets) socket.destroy();
    expect(JSON.parse(readFileSync(report, 'utf8'))).to.have.property('interrupted', true);
  }).timeout(20_000);

  it('serve goes on although the folder of recordings was removed, and says so once', async () => {
    const [folder, report] = [join(scratch, 'recordings'), join(scratch, 'removed.json')];
    const { server, port, stderr, event } = await serving('--record', folder, '--report', `json:${report}`);
    rmSync(folder, { recursive: true });
    for (let number = 1; number <= 2; number++) {
      const told = event('verdict');
      (await joined(port)).end('a1 LOGOUT\r\n');
      await told;
    }
    expect(await ended(server)).to.equal(130);
    expect(stderr().match(/could not be written/g)).to.have.length(1);
    expect(stderr()).to.include('serving goes on');
    expect(JSON.parse(readFileSync(report, 'utf8'))).to.have.nested.property('results.length', 2);
  }).timeout(20_000);

  it('a file is written as a whole or not at all, and nothing is left beside it', () => {
    const folder = join(scratch, 'whole');
    mkdirSync(folder);
    const file = join(folder, 'report');
    writeFileSync(file, 'before');
    symlinkSync(file, join(folder, 'link'));
    writeWhole(join(folder, 'link'), 'after');
    expect(readFileSync(file, 'utf8')).to.equal('after');
    mkdirSync(join(folder, `report.${String(process.pid)}.part`));
    expect(() => {
      writeOut(file, 'half', 'the report');
    }).to.throw('the report');
    expect(readFileSync(file, 'utf8')).to.equal('after');
    rmSync(join(folder, `report.${String(process.pid)}.part`), { recursive: true, force: true });
    expect(readdirSync(folder).toSorted()).to.deep.equal(['link', 'report']);
    renameSync(folder, `${folder}-done`);
  });
});

describe('a start with few file descriptors', () => {
  // With fewer not even Node starts. Node 20 opens all modules at once; Node 22 and 24 get along with less.
  for (const limit of [64, 96])
    it(`with ${String(limit)} of them works, or says in one line that it cannot, exit code 3`, () => {
      const main = join(builtByModule(), 'dist/cli/main.js');
      const { status, stderr } = spawnSync(
        'bash',
        ['-c', `ulimit -n ${String(limit)}; exec "$@"`, 'sh', process.execPath, main, 'list', 'scenarios'],
        { encoding: 'utf8' },
      );
      expect(`${String(status)} ${stderr}`).to.match(
        process.version.startsWith('v20.')
          ? /^3 waxseal: no file descriptors are left to start with; .*ulimit -n 1024\n$/
          : /^(0 |3 waxseal: no file descriptors are left to start with; .*ulimit -n 1024\n)$/,
      );
    });
});
