/**
 * How many mails a second `serve --all` takes on one core, beside the package smtp-server in the same run, and beside maildev where it is
 * installed: `MAILDEV=FOLDER npx tsx scripts/bench/mails.ts`, with the folder in which `npm install maildev` was run; after a build.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import type { Figure } from './audit.js';

/** `root` is a checkout that is built, `folder` a place for files. */
export const mailFigures = async (root: string, folder: string): Promise<Figure[]> => {
  const other = join(folder, 'smtp-server.mjs');
  writeFileSync(other, OTHER);
  const figures: Figure[] = [];
  for (const [name, connections, mails] of [
    ['mails, 4 connections kept', 4, 4000],
    ['mails, a connection each', 4, 400],
  ] as const) {
    const isKept = mails === 4000;
    const ours = await rate(
      [join(root, 'dist/cli/main.js'), 'serve', '--all', '--format', 'json'],
      connections,
      mails,
      isKept,
    );
    const theirs = await rate([other], connections, mails, isKept);
    const maildev = await maildevRate(folder, connections, mails, isKept);
    figures.push({
      name,
      text: `serve --all ${ours.toFixed(0)} a second, smtp-server ${theirs.toFixed(0)}${maildev === undefined ? '' : `, maildev ${maildev.toFixed(0)}`}: ${(ours / theirs).toFixed(2)} times smtp-server (implicit TLS, 1 kB, the server on one core)`,
    });
  }
  return figures;
};

/** Undefined where it is not installed; with a certificate of the kind that ours have. */
const maildevRate = async (
  folder: string,
  connections: number,
  mails: number,
  isKept: boolean,
): Promise<number | undefined> => {
  const installed = process.env['MAILDEV'];
  if (installed === undefined) return undefined;
  const authority = await createAuthority();
  const { certPem, keyPem } = await authority.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
  const [cert, keyFile] = [join(folder, 'maildev.pem'), join(folder, 'maildev.key')];
  writeFileSync(cert, certPem);
  writeFileSync(keyFile, keyPem);
  const port = await freePort();
  return rate(
    [
      join(installed, 'node_modules/.bin/maildev'),
      ...['--smtp', String(port), '--ip', '127.0.0.1', '--disable-web', '--silent', '--max-emails', '10000'],
      ...['--incoming-secure', '--incoming-cert', cert, '--incoming-key', keyFile],
    ],
    connections,
    mails,
    isKept,
    port,
  );
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

/** `known` is the port of a server that does not say it. */
const rate = async (
  args: readonly string[],
  connections: number,
  mails: number,
  isKept: boolean,
  known?: number,
): Promise<number> => {
  const server = spawn('taskset', ['-c', '0', process.execPath, ...args], {
    env: { ...process.env, BENCH_ROOT: process.cwd() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const port = known ?? (await portOf(server));
    if (known !== undefined) await untilOpen(known);
    await send(port, 50, isKept);
    const started = performance.now();
    await Promise.all(Array.from({ length: connections }, () => send(port, mails / connections, isKept)));
    return mails / ((performance.now() - started) / 1000);
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
};

const untilOpen = async (port: number): Promise<void> => {
  for (;;) {
    const talk = await Talk.open(port).catch(() => undefined);
    talk?.end();
    if (talk !== undefined) return;
    await delay(100);
  }
};

/** Reads on for as long as the server speaks: what nobody reads would hold it up. */
const portOf = (server: ChildProcess): Promise<number> => {
  const { stdout } = server;
  if (stdout === null) throw new Error('the server has no output');
  return new Promise((resolve) => {
    createInterface(stdout).on('line', (line) => {
      const said = JSON.parse(line) as { readonly portRole?: string; readonly port?: number };
      if (said.portRole === 'submissions' && said.port !== undefined) resolve(said.port);
    });
  });
};

const send = async (port: number, mails: number, isKept: boolean): Promise<void> => {
  let talk = isKept ? await Talk.open(port) : undefined;
  for (let number = 0; number < mails; number += 1) {
    talk ??= await Talk.open(port);
    await talk.say('MAIL FROM:<a@lab.test>\r\nRCPT TO:<b@lab.test>\r\nDATA\r\n', 3);
    await talk.say(MAIL, 1);
    if (isKept) continue;
    await talk.say('QUIT\r\n', 1);
    talk.end();
    talk = undefined;
  }
  talk?.end();
};

/** Says, and waits for so many final lines of replies. */
class Talk {
  readonly #socket: TLSSocket;
  #heard = '';
  #wake: () => void = () => undefined;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#heard += bytes.toString('latin1');
      this.#wake();
    });
  }

  static async open(port: number): Promise<Talk> {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const talk = new Talk(socket);
    await talk.say('', 1);
    await talk.say('EHLO bench.lab.test\r\n', 1);
    return talk;
  }

  async say(text: string, replies: number): Promise<void> {
    if (text !== '') this.#socket.write(text);
    while ((this.#heard.match(/^\d{3} .*\r\n/gm) ?? []).length < replies)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    if (/^[45]\d\d/m.test(this.#heard)) throw new Error(this.#heard);
    this.#heard = '';
  }

  end(): void {
    this.#socket.destroy();
  }
}

const MAIL = `From: a@lab.test\r\nTo: b@lab.test\r\nSubject: bench\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(12)}.\r\n`;

/** It keeps what it takes, as `serve --all` does. */
const OTHER = `
import { createRequire } from 'node:module';
const { SMTPServer } = createRequire(process.env.BENCH_ROOT + '/package.json')('smtp-server');
const kept = [];
const server = new SMTPServer({
  secure: true,
  authOptional: true,
  disableReverseLookup: true,
  onData(stream, session, done) {
    const pieces = [];
    stream.on('data', (piece) => pieces.push(piece));
    stream.on('end', () => {
      kept.push(Buffer.concat(pieces));
      if (kept.length > 10000) kept.shift();
      done();
    });
  },
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ portRole: 'submissions', port: server.server.address().port }));
});
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-bench-'));
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  for (const { name, text } of await mailFigures(root, folder)) console.log(`${name.padEnd(34)} ${text}`);
  rmSync(folder, { recursive: true });
}
