import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { judgeCaptures } from '../../src/document/judge-captures.js';
import { openLab, labPairs } from '../../src/lab/lab.js';
import { corpus, type CorpusFile } from '../../src/proof/corpus.js';
import { DETECTIONS } from '../../src/rules/detections.js';
import { RULE_FORMS } from '../../src/rules/forms.js';
import { needs } from '../support/installed.js';

const run = promisify(execFile);

/** What tshark prints of the packets that a filter shows. */
const tshark = async (file: string, filter: string, ...more: readonly string[]): Promise<string[]> => {
  const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
  const { stdout } = await run('tshark', ['-r', file, ...checks, '-Y', filter, ...more], { maxBuffer: 2 ** 24 });
  return stdout.split('\n').filter((line) => line !== '');
};

/** `waxseal ID` and its filter. */
const FILTERS = (RULE_FORMS.find(({ id }) => id === 'tshark')?.render(DETECTIONS, '') ?? '')
  .split('\n')
  .flatMap((line) => {
    const [, id, filter] = /^"waxseal ([^"]+)" (.*)$/.exec(line) ?? [];
    return id === undefined || filter === undefined ? [] : [{ id, filter }];
  });

describe('Captures with other tools', function () {
  this.timeout(120_000);
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'captures-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const written = (name: string, capture: Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, capture);
    return path;
  };

  describe('tshark and the corpus', () => {
    const files: CorpusFile[] = [];
    before(async function () {
      needs(this, 'tshark');
      for await (const file of corpus(['control', 'starttls-not-offered']))
        if (file.label.otherSide === undefined) files.push(file);
    });

    it('finds no fault in checksums and numbers, and decrypts TLS with the keys in the file', async () => {
      const read = new Set<string>();
      for (const { label, capture } of files) {
        const path = written('one.pcapng', capture);
        const faults = 'tcp.checksum.status == 0 || ip.checksum.status == 0 || tcp.analysis.flags';
        expect(await tshark(path, faults), label.file).to.deep.equal([]);
        if (label.scenario !== 'control' || label.client !== 'careful') continue;
        const inside = await tshark(path, 'tls && (smtp || imap || pop)', '-T', 'fields', '-e', 'frame.protocols');
        if (inside.length > 0) read.add(label.protocol);
      }
      expect([...read]).to.include.members(['smtp', 'imap', 'pop3']);
    });

    it('finds with the filters of waxseal rules what the labels say, and nothing else', async () => {
      let found = 0;
      for (const { label, capture } of files.filter((each) => each.label.tls === 'starttls')) {
        const path = written('two.pcapng', capture);
        const all = FILTERS.map(({ filter }) => `(${filter})`).join(' || ');
        const any = await tshark(path, all);
        const expected = label.rules.filter((id) => FILTERS.some((each) => each.id === id));
        expect(any.length > 0, label.file).to.equal(expected.length > 0);
        for (const id of expected) {
          const filter = FILTERS.find((each) => each.id === id)?.filter ?? '';
          expect(await tshark(path, filter), `${label.file}: ${id}`).to.not.deep.equal([]);
          found += 1;
        }
      }
      expect(found).to.be.greaterThan(3);
    });
  });

  describe('real clients and a real Dovecot, seen by dumpcap', () => {
    const CLIENTS: readonly {
      readonly name: string;
      readonly program: string;
      readonly role: 'imap' | 'pop3';
      readonly args: (place: { port: number; ca: string; folder: string }) => readonly string[];
      readonly comesTo: readonly string[];
      readonly because?: RegExp;
      /** The lab's authority is no anchor. */
      readonly isKnown?: false;
    }[] = [
      {
        name: 'curl with STARTTLS and its keys',
        program: 'curl',
        role: 'imap',
        args: ({ port, ca }) => [
          ...['-sS', '--ssl-reqd', '--cacert', ca, '-u', 'alice:correct-horse', `imap://127.0.0.2:${String(port)}/`],
        ],
        comesTo: ['secrets-in-clear safe'],
        because: /\(decrypted\)/,
      },
      {
        name: 'curl that does not look at the certificate',
        program: 'curl',
        role: 'imap',
        isKnown: false,
        args: ({ port }) => [
          ...['-sS', '--ssl-reqd', '--insecure', '-u', 'alice:correct-horse', `imap://127.0.0.2:${String(port)}/`],
        ],
        comesTo: ['secrets-in-clear safe', 'certificate-wrong unsafe'],
      },
      {
        name: 'fetchmail without TLS',
        program: 'fetchmail',
        role: 'pop3',
        args: ({ port, folder: home }) => {
          const file = join(home, 'fetchmailrc');
          const text = `poll 127.0.0.2 protocol pop3 service ${String(port)} timeout 8 auth password\n  user "alice" password "correct-horse" sslproto ''\n  mda "/bin/true"\n`;
          writeFileSync(file, text, { mode: 0o600 });
          return ['-f', file, '--pidfile', join(home, 'pid'), '-v'];
        },
        comesTo: ['secrets-in-clear unsafe'],
      },
      {
        name: 'mbsync without TLS',
        program: 'mbsync',
        role: 'imap',
        args: ({ port, folder: home }) => {
          const file = join(home, 'mbsyncrc');
          const account = `IMAPStore far\nHost 127.0.0.2\nPort ${String(port)}\nUser alice\nPass correct-horse\n`;
          const rest = `SSLType None\nAuthMechs LOGIN\n\nMaildirStore near\nPath ${home}/\nInbox ${home}/in\n\nChannel all\nFar :far:\nNear :near:\nCreate Near\n`;
          writeFileSync(file, account + rest);
          return ['-c', file, 'all'];
        },
        comesTo: ['secrets-in-clear unsafe', 'starttls-not-taken unsafe'],
      },
    ];
    for (const { name, program, role, args, comesTo, because, isKnown } of CLIENTS)
      it(name, async function () {
        needs(this, 'dumpcap');
        needs(this, program);
        needs(this, 'dovecot');
        if (process.getuid?.() !== 0) this.skip();
        await using lab = await openLab('127.0.0.2');
        const pair = labPairs().find(
          (each) => each.daemon.id === 'dovecot' && each.configuration === 'plaintext-login',
        );
        if (pair === undefined) throw new Error('the lab has no dovecot with plaintext logins');
        await using daemon = await lab.start(pair);
        const port = daemon.listeners.find(({ portRole }) => portRole === role)?.port ?? 0;
        const capture = join(folder, `${String(port)}.pcapng`);
        const sniffer = spawn('dumpcap', ['-i', 'lo', '-f', `tcp port ${String(port)}`, '-w', capture]);
        await said(sniffer.stderr, /File: /);
        const keys = join(folder, 'keys.log');
        writeFileSync(keys, '');
        const env = { PATH: process.env['PATH'], HOME: folder, TERM: 'dumb', SSLKEYLOGFILE: keys };
        await run(program, [...args({ port, ca: lab.caFile, folder })], { env, timeout: 15_000 }).catch(
          () => undefined,
        );
        const judge = () =>
          judgeCaptures([{ name: capture, bytes: () => pieces(capture) }], {
            keylogs: [readFileSync(keys, 'latin1')],
            anchors: isKnown === false ? [] : [readFileSync(lab.caFile, 'latin1')],
          });
        // The sniffer writes with a delay of its own.
        for (let tries = 0; tries < MOST_TRIES && !isWhole(await judge()); tries += 1) await delay(50);
        const closed = once(sniffer, 'exit');
        sniffer.kill('SIGINT');
        await closed;
        const { results, faults } = await judge();
        expect(faults).to.deep.equal([]);
        const spoken = results.filter(({ peer }) => peer === results[0]?.peer);
        expect(spoken.map(({ id, status }) => `${id} ${status}`)).to.deep.equal(comesTo);
        if (because !== undefined) expect(spoken[0]?.because).to.match(because);
      });
  });
});

/** A connection has ended, and nothing is cut off. */
const isWhole = ({ results, faults }: Awaited<ReturnType<typeof judgeCaptures>>): boolean =>
  faults.length === 0 && results.length > 0 && results.every(({ facts }) => facts?.['end'] !== 'open');

async function* pieces(path: string): AsyncGenerator<Buffer> {
  yield readFileSync(path);
}

/** Resolves once a stream has said something. */
const said = (stream: NodeJS.ReadableStream, what: RegExp): Promise<void> =>
  new Promise((resolve) => {
    let text = '';
    stream.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (what.test(text)) resolve();
    });
  });

const MOST_TRIES = 100;
