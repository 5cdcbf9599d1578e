import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { CapturedConnection } from '../../src/capture/connection.js';
import type { EarlyDataFate } from '../../src/capture/early-data.js';
import { KeyLog } from '../../src/tls/key-log.js';
import { needs } from '../support/installed.js';
import { connectionsIn } from './captured.js';
import { opensslSession, SAID, selfSigned, type OpensslOrder } from './openssl-sessions.js';

const run = promisify(execFile);
const suite = (name: string, version: '-tls1' | '-tls1_1' | '-tls1_2' = '-tls1_2'): OpensslOrder => ({
  both: [version, '-cipher', `${name}@SECLEVEL=0`],
});
/** The MAC covers what is not encrypted yet. */
const macFirst = (order: OpensslOrder): OpensslOrder => ({ ...order, client: ['-no_etm'] });
const SHA = suite('ECDHE-RSA-AES128-SHA');
const EARLY = 'a0 CAPABILITY\r\n';

const ROWS: readonly {
  readonly name: string;
  readonly order: OpensslOrder;
  readonly earlyData?: EarlyDataFate;
  /** This version of tshark does not know how. */
  readonly isOursAlone?: true;
}[] = [
  { name: 'CBC with SHA-1', order: SHA },
  { name: 'CBC with SHA-1, MAC first', order: macFirst(SHA) },
  { name: 'CBC with SHA-256', order: suite('ECDHE-RSA-AES128-SHA256') },
  { name: 'CBC with SHA-256, MAC first', order: macFirst(suite('AES256-SHA256')) },
  { name: 'CBC with SHA-384', order: suite('ECDHE-RSA-AES256-SHA384') },
  { name: 'CBC with SHA-384, MAC first', order: macFirst(suite('ECDHE-RSA-AES256-SHA384')) },
  { name: 'Camellia with CBC', order: suite('ECDHE-RSA-CAMELLIA256-SHA384') },
  { name: 'no encryption', order: suite('NULL-SHA256') },
  { name: 'CCM', order: suite('DHE-RSA-AES128-CCM') },
  { name: 'CCM with a short tag', order: suite('AES256-CCM8') },
  { name: 'ChaCha20-Poly1305', order: suite('ECDHE-RSA-CHACHA20-POLY1305') },
  { name: 'GCM with ARIA', order: suite('ECDHE-ARIA256-GCM-SHA384'), isOursAlone: true },
  { name: 'TLS 1.1', order: suite('AES128-SHA', '-tls1_1') },
  { name: 'TLS 1.1, MAC first', order: macFirst(suite('AES128-SHA', '-tls1_1')) },
  { name: 'TLS 1.0', order: suite('AES256-SHA', '-tls1') },
  { name: 'TLS 1.0, MAC first', order: macFirst(suite('AES256-SHA', '-tls1')) },
  { name: 'TLS 1.3', order: { both: ['-tls1_3'] } },
  {
    name: 'TLS 1.3 with early data',
    order: { both: ['-tls1_3'], server: ['-early_data'], early: EARLY },
    earlyData: 'read',
  },
  {
    name: 'TLS 1.3 with early data that the server refuses',
    order: { both: ['-tls1_3'], server: ['-early_data'], early: EARLY, isRefused: true },
    earlyData: 'refused',
  },
];

describe('TLS of OpenSSL, seen by dumpcap', function () {
  this.timeout(60_000);
  const address = '127.57.57.1';
  let folder = '';
  const ports = new Map<string, number>();
  let capture: Buffer;
  let keylog = '';
  before(async function () {
    needs(this, 'dumpcap');
    needs(this, 'openssl');
    if (process.getuid?.() !== 0) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'openssl-'));
    await selfSigned(folder);
    const file = join(folder, 'capture.pcapng');
    const sniffer = spawn('dumpcap', ['-q', '-i', 'lo', '-f', `host ${address}`, '-w', file]);
    let heard = '';
    sniffer.stderr.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1');
    });
    while (!heard.includes('File: ')) await once(sniffer.stderr, 'data');
    for (const { name, order } of ROWS) ports.set(name, await opensslSession(order, address, folder));
    // The sniffer writes with a delay of its own.
    for (let tries = 0; tries < 100; tries += 1) {
      await delay(50);
      const last = ports.get(ROWS.at(-1)?.name ?? '');
      const seen = connectionsIn(readFileSync(file), { keys: keys() }).filter(({ server }) => server.port === last);
      if (seen.length > 2 && seen.every(({ end }) => end !== 'open')) break;
    }
    const ends = once(sniffer, 'exit');
    sniffer.kill('SIGINT');
    await ends;
    capture = readFileSync(file);
    keylog = join(folder, 'keys.log');
  });
  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  const keys = (without = /^$/): KeyLog => {
    const log = new KeyLog();
    const lines = readFileSync(join(folder, 'keys.log'), 'latin1').split('\n');
    log.add(lines.filter((line) => !without.test(line)).join('\n'));
    return log;
  };
  /** The last one: those before it left tickets, and their keys are not known. */
  const connectionOf = (name: string, log = keys()): CapturedConnection | undefined =>
    connectionsIn(capture, { keys: log }).findLast(({ server }) => server.port === ports.get(name));
  const inside = (connection: CapturedConnection | undefined): string =>
    (connection?.record.entries ?? [])
      .flatMap((entry) => (entry.kind === 'bytes' && entry.inside ? [entry.data] : []))
      .join('');

  for (const { name, earlyData } of ROWS)
    it(`${name}: read with the keys, not without them`, () => {
      const said = `${earlyData === 'read' ? EARLY : ''}${SAID.map((line) => `${line}\r\n`).join('')}`;
      const read = connectionOf(name);
      expect(inside(read)).to.equal(said);
      expect(read?.sessions[0]?.facts).to.include({ decrypted: 'yes', completed: true });
      expect(read?.sessions[0]?.facts.earlyData).to.equal(earlyData);
      expect(inside(connectionOf(name, new KeyLog()))).to.equal('');
    });

  it('early data whose key is missing makes what was read not the whole', () => {
    const log = keys(/^CLIENT_EARLY/);
    const taken = connectionOf('TLS 1.3 with early data', log);
    expect(taken?.sessions[0]?.facts).to.include({ decrypted: 'failed', earlyData: 'unread' });
    const refused = connectionOf('TLS 1.3 with early data that the server refuses', log);
    expect(refused?.sessions[0]?.facts).to.include({ decrypted: 'yes', earlyData: 'refused' });
  });

  it('the keys of one side alone tell nothing of the other', () => {
    const { facts } = connectionOf('TLS 1.3', keys(/^CLIENT_(HANDSHAKE|TRAFFIC)/))?.sessions[0] ?? {};
    expect(facts).to.include({ decrypted: 'failed', completed: true });
  });

  it('says the same as tshark', async function () {
    needs(this, 'tshark');
    const file = join(folder, 'capture.pcapng');
    for (const { name, earlyData, isOursAlone } of ROWS) {
      if (isOursAlone === true) continue;
      const port = String(ports.get(name));
      const options = [
        '-o',
        `tls.keylog_file:${keylog}`,
        '-d',
        `tcp.port==${port},tls`,
        '-d',
        `tls.port==${port},imap`,
      ];
      const { stdout } = await run('tshark', [
        ...['-r', file, ...options, '-Y', `tcp.port==${port} && imap`],
        ...['-T', 'fields', '-E', 'occurrence=a', '-e', 'imap.line'],
      ]);
      for (const line of [...(earlyData === 'read' ? ['a0 CAPABILITY'] : []), ...SAID])
        expect(stdout, name).to.contain(line);
    }
  });
});
