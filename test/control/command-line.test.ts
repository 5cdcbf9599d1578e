import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { waxseal } from '../cli/run-cli.js';
import { built } from '../support/built.js';
import { it } from '../support/in-turn.js';

const started: ChildProcessWithoutNullStreams[] = [];

const start = (...words: string[]): ChildProcessWithoutNullStreams => {
  const child = spawn(process.execPath, [join(built(), 'dist/cli/main.js'), 'serve', ...words]);
  started.push(child);
  return child;
};

const lineOf = async (input: NodeJS.ReadableStream): Promise<Record<string, unknown>> => {
  const lines = createInterface({ input });
  const [line] = (await once(lines, 'line')) as [string];
  return JSON.parse(line) as Record<string, unknown>;
};

describe('serve --control', () => {
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  it('ends with 0 when its standard input ends', async () => {
    const child = start('--control', 'stdio', '--seed', 's');
    child.stdin.write('{"command":"start","protocol":"imap","tls":"implicit"}\n');
    const line = await lineOf(child.stdout);
    child.stdin.end();
    expect(line).to.deep.include({ ok: true });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).to.equal(0);
    expect(existsSync((line['answer'] as { ca: string }).ca)).to.equal(false);
  }).timeout(20_000);

  it('takes commands on a Unix socket that only its user can open', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'control-'));
    const path = join(folder, 'socket');
    try {
      const child = start('--control', `unix:${path}`);
      expect(await lineOf(child.stdout)).to.deep.equal({ event: 'ready', control: `unix:${path}` });
      expect(statSync(path).mode & 0o777).to.equal(0o600);
      const socket = connect(path);
      socket.write('{"id":1,"command":"hello"}\n');
      expect(await lineOf(socket)).to.deep.include({ id: 1, ok: true });
      socket.destroy();
      child.kill('SIGINT');
      const [code] = (await once(child, 'close')) as [number];
      expect(code).to.equal(130);
      expect(existsSync(path)).to.equal(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }).timeout(20_000);

  it('prints address and token of its HTTP server', async () => {
    const child = start('--control', 'http:0');
    const { control, token } = (await lineOf(child.stdout)) as { control: string; token: string };
    const answer = await fetch(`${control}hello`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).to.equal(200);
  }).timeout(20_000);

  it('says in one line that a port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      expect(await waxseal('serve', '--control', `http:${String(port)}`)).to.deep.equal({
        code: 2,
        stdout: '',
        stderr: `waxseal: 127.0.0.1:${String(port)} is in use by another program; choose another port, or http:0 for a free one\n`,
      });
    } finally {
      taken.close();
    }
  });

  const USAGE: readonly { readonly words: readonly string[]; readonly says: string }[] = [
    { words: ['--control', 'tcp:5'], says: 'stdio, unix:PATH or http:PORT' },
    { words: ['--control', 'http:99999'], says: 'http:PORT' },
    { words: ['--control', 'unix:'], says: 'unix:PATH' },
    { words: ['--control', 'stdio:x'], says: 'stdio, unix:PATH' },
    { words: ['--control', 'unix:/no/such/folder/socket'], says: 'choose another path' },
    {
      words: ['--control', 'stdio', '--protocol', 'imap', '--port', '5'],
      says: '--protocol, --port cannot be used with --control',
    },
    { words: ['--control', 'stdio', '--listen', '::'], says: '--listen' },
  ];

  for (const { words, says } of USAGE)
    it(`refuses ${words.join(' ')}`, async () => {
      const { code, stderr } = await waxseal('serve', ...words);
      expect(stderr)
        .to.contain(says)
        .and.match(/^waxseal: [^\n]+\n$/);
      expect(code).to.equal(2);
    });
});
