import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { toyServer } from '../../src/proof/toy-server.js';
import { commandLine } from '../support/built.js';
import { waxseal } from './run-cli.js';
import { itOf } from '../support/in-turn.js';

describe('--keys FILE', () => {
  const it = itOf('key-log-file');
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** A client of implicit TLS that notes its own secrets, and says goodbye. */
  const clientKeys = async (port: number): Promise<string[]> => {
    const keys: string[] = [];
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('keylog', (line: Buffer) => keys.push(line.toString().trim()));
    await once(socket, 'data');
    socket.end('a LOGOUT\r\n');
    await once(socket.resume(), 'close');
    return keys;
  };

  const linesOf = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

  it('has the secrets that the client itself has, for its owner only (serve)', async () => {
    const path = join(folder, 'keys.log');
    const args = ['serve', '--protocol', 'imap', '--tls', 'implicit', '--format', 'json', '--keys', path];
    const child = spawn(process.execPath, [commandLine(), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [first] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      const keys = await clientKeys((JSON.parse(first) as { readonly port: number }).port);
      expect(keys.length).to.be.greaterThan(3);
      expect(linesOf(path)).to.include.members(keys);
      expect(statSync(path).mode & 0o777).to.equal(0o600);
    } finally {
      child.kill('SIGINT');
      await once(child, 'close');
    }
  });

  it('has those of both sides (proxy)', async () => {
    const path = join(folder, 'keys.log');
    await using server = await toyServer('imaps');
    const target = `imaps://127.0.0.1:${String(server.port)}`;
    const args = ['proxy', target, '--scenario', 'control', '--connections', '1', '--keys', path];
    const child = spawn(process.execPath, [commandLine(), ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    while (!/listening on 127\.0\.0\.1:\d+/.test(said)) await once(child.stderr, 'data');
    const keys = await clientKeys(Number(/listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1]));
    await once(child, 'close');
    const lines = linesOf(path);
    expect(lines).to.include.members(keys);
    // One session with the client, one with the server.
    expect(new Set(lines.map((line) => line.split(' ')[1])).size).to.equal(2);
  });

  it('refuses in one line a file that cannot be written', async () => {
    const { code, stderr } = await waxseal('serve', '--keys', join(folder, 'none', 'keys.log'));
    expect([code, stderr.split('\n').length]).to.deep.equal([2, 2]);
    expect(stderr).to.match(/the key log .* could not be written/);
  });

  it('is refused where a program asks for servers', async () => {
    const { code, stderr } = await waxseal('serve', '--control', 'stdio', '--keys', join(folder, 'keys.log'));
    expect([code, stderr]).to.deep.equal([
      2,
      'waxseal: --keys cannot be used with --control: the command start says what is served\n',
    ]);
  });
});
