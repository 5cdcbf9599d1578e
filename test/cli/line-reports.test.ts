import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Report } from '../../src/document/report-model.js';
import { toyServer } from '../../src/proof/toy-server.js';
import { renderReport } from '../../src/report/render.js';
import { commandLine } from '../support/built.js';
import { itOf } from '../support/in-turn.js';

/** A run whose lines are counted as they are read, and what waits for a number of them. */
class Reading {
  readonly lines: string[] = [];
  #waiting: { readonly count: number; readonly go: () => void }[] = [];

  take(line: string): void {
    this.lines.push(line);
    const due = this.#waiting.filter(({ count }) => count <= this.lines.length);
    this.#waiting = this.#waiting.filter((each) => !due.includes(each));
    for (const { go } of due) go();
  }

  /** Resolves when as many lines were read. */
  count(count: number): Promise<void> {
    if (this.lines.length >= count) return Promise.resolve();
    return new Promise((go) => this.#waiting.push({ count, go }));
  }
}

const listening = async (server: Server, host = '127.0.0.1'): Promise<number> => {
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const kinds = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly line: string }).line);

const sorted = (text: string): string[] => text.trimEnd().split('\n').sort();

/** Both outputs have the lines of the document, in the order in which they were known. */
const expectWhole = (folder: string, printed: readonly string[]): void => {
  const document = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
  const rendered = sorted(renderReport(document, 'ndjson'));
  const file = readFileSync(join(folder, 'report.ndjson'), 'utf8');
  expect(sorted(file)).to.deep.equal(rendered);
  expect([...printed].sort()).to.deep.equal(rendered);
  const order = kinds(file);
  expect([order[0], order.at(-1)]).to.deep.equal(['report', 'summary']);
};

const outputs = (folder: string): string[] => [
  ...['--format', 'ndjson', '--report', `ndjson:${join(folder, 'report.ndjson')}`],
  ...['--report', `json:${join(folder, 'report.json')}`],
];

/** What a failed test leaves behind would hold up the whole run. */
const children: ChildProcess[] = [];

const started = (args: readonly string[], reading: Reading) => {
  const child = spawn(process.execPath, [commandLine(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  createInterface({ input: child.stdout }).on('line', (line) => {
    reading.take(line);
  });
  let text = '';
  child.stderr.on('data', (piece: Buffer) => (text += piece.toString()));
  /** Resolves when standard error has it. */
  const said = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(text);
      if (found !== null) return found;
      await once(child.stderr, 'data');
    }
  };
  return Object.assign(child, { said });
};

/** Of a client that insists on TLS, and of one that tries. */
const RECORDINGS = ['curl-insists-imap.json', 'curl-tries-imap.json'].map((name) =>
  fileURLToPath(new URL(`../../fixtures/recordings/${name}`, import.meta.url)),
);

describe('a report in JSON lines', () => {
  const it = itOf('reports in JSON lines');
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  const folder = (): string => mkdtempSync(join(tmpdir(), 'lines-'));

  const sockets = new Set<Socket>();
  const kept = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined);
  };
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  });

  /** A client ends when a line was read: the first one needs the head, all others the result of the control. */
  const gatedTest = async (at: string, reading: Reading, onSecond: () => void): Promise<readonly [number, Server]> => {
    let clients = 0;
    const gate = createServer((socket) => {
      clients += 1;
      if (clients === 2) onSecond();
      kept(socket);
      void reading.count(Math.min(clients, 2)).then(() => socket.end());
    });
    writeFileSync(
      join(at, 'client.mjs'),
      'import { connect } from "node:net";\nconnect(Number(process.argv[2])).resume();\n',
    );
    return [await listening(gate), gate];
  };
  const testOf = (at: string, port: number): string[] => [
    ...['test', '--no-self-test', '--jobs', '1', '--protocol', 'imap', '--tls', 'starttls', ...outputs(at)],
    ...['--scenario', 'starttls-not-offered', '--', process.execPath, join(at, 'client.mjs'), String(port)],
  ];

  it('begins before the client does, and has each result before the next client (test)', async () => {
    const at = folder();
    const reading = new Reading();
    const second: string[] = [];
    const [port, gate] = await gatedTest(at, reading, () => {
      void reading.count(2).then(() => second.push(...kinds(readFileSync(join(at, 'report.ndjson'), 'utf8'))));
    });
    const [code] = (await once(started(testOf(at, port), reading), 'close')) as [number];
    gate.close();
    expect(code).to.equal(3);
    expect(second).to.deep.equal(['report', 'result']);
    expectWhole(at, reading.lines);
  });

  it('holds what was known when the run was killed', async () => {
    const at = folder();
    const reading = new Reading();
    const [port, gate] = await gatedTest(at, reading, () => {
      void reading.count(2).then(() => child.kill('SIGKILL'));
    });
    const child = started(testOf(at, port), reading);
    const [, signal] = (await once(child, 'close')) as [null, string];
    gate.close();
    expect(signal).to.equal('SIGKILL');
    const file = readFileSync(join(at, 'report.ndjson'), 'utf8');
    expect(kinds(file).slice(0, 2)).to.deep.equal(['report', 'result']);
  });

  it('has results of one server while another one has not greeted yet (audit)', async () => {
    const at = folder();
    const reading = new Reading();
    await using imap = await toyServer('imap');
    const late = createServer((socket) => {
      kept(socket);
      void reading.count(2).then(() => {
        const behind = kept(connect(imap.port, '127.0.0.1'));
        behind.on('error', () => socket.destroy());
        socket.pipe(behind).pipe(socket);
      });
    });
    const targets = [
      `imap://127.0.0.1:${String(imap.port)}`,
      `imap://127.0.0.2:${String(await listening(late, '127.0.0.2'))}`,
    ];
    const [code] = (await once(
      started(['audit', ...targets, '--depth', 'quick', ...outputs(at)], reading),
      'close',
    )) as [number];
    late.close();
    expect(code).to.be.oneOf([0, 1, 3]);
    const [head = '', first = ''] = reading.lines;
    expect(kinds(`${head}\n${first}`)).to.deep.equal(['report', 'result']);
    expect(first).to.contain('127.0.0.1');
    expectWhole(at, reading.lines);
  });

  it('has the result of a connection when its verdict is told (serve)', async () => {
    const at = folder();
    const reading = new Reading();
    const [, , ...reports] = outputs(at);
    const child = started(
      ['serve', '--protocol', 'imap', '--tls', 'starttls', '--format', 'json', ...reports],
      reading,
    );
    await reading.count(2);
    const { port } = JSON.parse(reading.lines[0] ?? '') as { readonly port: number };
    const client = kept(connect(port, '127.0.0.1'));
    await once(client, 'data');
    client.end('a LOGOUT\r\n');
    await reading.count(3);
    expect(kinds(readFileSync(join(at, 'report.ndjson'), 'utf8'))).to.deep.equal(['report', 'result']);
    child.kill('SIGINT');
    await once(child, 'close');
    const document = JSON.parse(readFileSync(join(at, 'report.json'), 'utf8')) as Report;
    expect(sorted(readFileSync(join(at, 'report.ndjson'), 'utf8'))).to.deep.equal(
      sorted(renderReport(document, 'ndjson')),
    );
  });

  it('has each connection when its verdict is told, and the result of its client at the end (proxy)', async () => {
    const at = folder();
    const reading = new Reading();
    await using imap = await toyServer('imap');
    const target = `127.0.0.1:${String(imap.port)}`;
    const args = ['proxy', target, '--protocol', 'imap', '--tls', 'starttls', '--listen', '127.0.0.1:0'];
    const child = started([...args, '--connections', '2', ...outputs(at)], reading);
    const [, port] = await child.said(/listening on 127\.0\.0\.1:(\d+)/);
    for (const lines of [2, 3]) {
      const client = kept(connect(Number(port), '127.0.0.1'));
      await once(client, 'data');
      client.end('a LOGOUT\r\n');
      await reading.count(lines);
    }
    await once(child, 'close');
    const during = reading.lines.slice(0, 3).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(during.map(({ line, connection, case: key }) => [line, connection, key])).to.deep.equal([
      ['report', undefined, undefined],
      ['connection', 1, 'control@imap+starttls#middle'],
      ['connection', 2, 'starttls-not-offered@imap+starttls#middle'],
    ]);
    const isOfReport = (line: string): boolean => (JSON.parse(line) as { line: string }).line !== 'connection';
    const file = readFileSync(join(at, 'report.ndjson'), 'utf8').trimEnd().split('\n');
    expect(file).to.deep.equal(reading.lines);
    const document = JSON.parse(readFileSync(join(at, 'report.json'), 'utf8')) as Report;
    expect(file.filter(isOfReport).sort()).to.deep.equal(sorted(renderReport(document, 'ndjson')));
  });

  it('of a proxy for all servers names those that clients asked for in the summary', async () => {
    const reading = new Reading();
    await using imap = await toyServer('imap');
    const child = started(['proxy', '--socks', '127.0.0.1:0', '--connections', '1', '--format', 'ndjson'], reading);
    const [, port] = await child.said(/listening on 127\.0\.0\.1:(\d+)/);
    const client = kept(connect(Number(port), '127.0.0.1'));
    const target = `127.0.0.1:${String(imap.port)}`;
    client.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    // Anyone who speaks before the server's greeting is passed on without being judged.
    let heard = '';
    for await (const bytes of client) if (/^\* OK/m.test((heard += String(bytes)))) break;
    client.end('a LOGOUT\r\n');
    await once(child, 'close');
    const subjects = reading.lines.map((line) => (JSON.parse(line) as { subject?: unknown }).subject);
    expect([subjects[0], subjects.at(-1)]).to.deep.equal([{ targets: [] }, { targets: [target] }]);
  });

  it('has the lines of the document (judge)', async () => {
    const at = folder();
    const reading = new Reading();
    const child = started(['judge', ...RECORDINGS, ...outputs(at)], reading);
    await once(child, 'close');
    expectWhole(at, reading.lines);
  });

  it('tells accepted results at once where their own status decides, and at the end where others do', async () => {
    const at = folder();
    const reading = new Reading();
    const known = join(at, 'known.json');
    writeFileSync(known, JSON.stringify([{ case: 'certificate-*', status: 'fail', reason: 'a lab' }]));
    await using imap = await toyServer('imap', { certificate: 'expired' });
    const args = ['audit', `imap://127.0.0.1:${String(imap.port)}`, '--known', known, ...outputs(at)];
    await once(started(args, reading), 'close');
    const states = reading.lines.map((line) => (JSON.parse(line) as { known?: { state: string } }).known?.state);
    expect(states).to.include('expected');
    expectWhole(at, reading.lines);
  });
});
