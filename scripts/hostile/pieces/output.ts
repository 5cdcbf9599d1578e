import 'reflect-metadata';
import { X509CertificateGenerator } from '@peculiar/x509';
import { execFile } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import formats from '../../../src/report/formats/index.js';
import { recordings } from '../mutation.js';
import type { Piece } from '../piece.js';
import type { Random } from '../random.js';
import { HOSTILE_WORDS, rawControl } from '../raw-control.js';
import { RawServer } from '../speaking.js';
import { Trials } from '../trials.js';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** Runs waxseal; everything that it said, on both outputs. */
const said = (args: readonly string[], folder: string): Promise<string> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { cwd: folder, maxBuffer: 1 << 28, timeout: 60_000, env: { ...process.env, FORCE_COLOR: '' } },
      (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`),
    );
  });

/** Words of a hostile peer, one or more. */
const words = (random: Random): string => {
  const all = Array.from({ length: 1 + random.int(3) }, () => random.pick(HOSTILE_WORDS));
  return all.join(random.pick(['', ' ', '-']));
};

const REPORTS = formats.map(({ id }) => id);

/** Reports of every format below a folder, and what was said, have no raw control; JSON is JSON. */
const inspect = (output: string, folder: string): void => {
  for (const [name, text] of [['output', output], ...REPORTS.map((id) => [id, read(join(folder, id))])]) {
    // Whether a report can be written is tried before; what was refused has none.
    if (text === undefined || text === '') continue;
    const wrong = rawControl(text);
    if (wrong !== undefined) throw new Error(`${String(name)}: ${wrong}`);
    if (name === 'json') JSON.parse(text);
    if (name === 'ndjson') for (const line of text.trimEnd().split('\n')) JSON.parse(line);
  }
};

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const reporting = (folder: string): string[] => REPORTS.flatMap((id) => ['--report', `${id}:${join(folder, id)}`]);

/** A certificate that itself vouches for whatever is in its names. */
const hostileCertificate = async (random: Random): Promise<{ readonly cert: string; readonly key: string }> => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [words(random).slice(0, 3000)] }, { O: [words(random).slice(0, 3000)] }],
      notBefore: new Date(Date.now() - 3_600_000),
      notAfter: new Date(Date.now() + 7 * 86_400_000),
      signingAlgorithm: algorithm,
      keys,
    },
    webcrypto,
  );
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
  return { cert: certificate.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
};

/** Terminal escapes, marks that reorder text, NUL, lone surrogates and long names: from peers, clients and files to every output. */
const output: Piece = {
  id: 'output',
  title: 'Output',
  run: async (options) => {
    const trials = new Trials('output', options);
    const base = mkdtempSync(join(tmpdir(), 'wax-output-'));
    const wanted = { long: 1000, short: 200, share: 0.25, atOnce: 2, patience: 90_000 };
    const inFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
      const folder = mkdtempSync(join(base, 'x-'));
      try {
        await work(folder);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    };
    await trials.row('audit', wanted, (random) =>
      inFolder(async (folder) => {
        const credential = await hostileCertificate(random).catch(() => undefined);
        await using server = new RawServer((socket) => {
          const say = (text: string): void => void socket.write(Buffer.from(text, 'utf8'));
          say(`220 ${words(random)} ESMTP\r\n`);
          socket.on('data', (bytes: Buffer) => {
            if (bytes[0] === 22) return;
            const text = bytes.toString('latin1');
            if (/^EHLO/i.test(text)) say(`250-${words(random)}\r\n250-${words(random)}\r\n250 STARTTLS\r\n`);
            else if (/^STARTTLS/i.test(text) && credential !== undefined && !random.oneIn(3)) {
              say('220 go\r\n');
              socket.removeAllListeners('data');
              new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(credential) })
                .on('error', () => undefined)
                .on('data', () => undefined);
            } else say(`554 ${words(random)}\r\n`);
          });
        });
        const target = `submission://127.0.0.1:${String(await server.listen())}`;
        inspect(await said(['audit', target, '--transcript', '--verbose', ...reporting(folder)], folder), folder);
      }),
    );
    await trials.row('test', wanted, (random) =>
      inFolder(async (folder) => {
        const script = `
          const say = ${JSON.stringify(words(random))};
          process.stdout.write(say); process.stderr.write(say);
          const socket = require('net').connect(+process.argv[1], '127.0.0.1', () => socket.end('EHLO ' + say + '\\r\\nAUTH PLAIN ' + Buffer.from('\\0' + say + '\\0x').toString('base64') + '\\r\\nMAIL FROM:<' + say + '>\\r\\n'));
          socket.on('error', () => {}).resume();`;
        writeFileSync(join(folder, 'client.cjs'), script);
        const args = `test --protocol smtp --tls starttls --scenario starttls-not-offered --no-self-test --transcript`;
        const command = [
          '--',
          process.execPath,
          join(folder, 'client.cjs'),
          '{port}',
          words(random).replaceAll('\0', ''),
        ];
        inspect(await said([...args.split(' '), ...reporting(folder), ...command], folder), folder);
      }),
    );
    const documents = recordings();
    await trials.row('judge', wanted, (random) =>
      inFolder(async (folder) => {
        const text = random
          .pick(documents)[1]
          .replace(/"(data|stderr|error|peer|client)": ".*"/g, (all, key: string) =>
            random.oneIn(3) ? `"${key}": ${JSON.stringify(words(random))}` : all,
          );
        // Names of files cannot have a NUL or a slash, nor be longer than 255 bytes.
        const name = words(random)
          .replace(/[\0/\ud800-\udfff]/g, '')
          .slice(0, 60);
        writeFileSync(join(folder, `r${name}.json`), text);
        const operands = [...readdirSync(folder), words(random).replaceAll('\0', '')];
        inspect(await said(['judge', ...operands, '--transcript', ...reporting(folder)], folder), folder);
      }),
    );
    await trials.row('words of the user', wanted, (random) =>
      inFolder(async (folder) => {
        const word = words(random).replaceAll('\0', '').slice(0, 2000) || 'x';
        const lines: readonly (readonly string[])[] = [
          ...[['audit', word], ['explain', word], ['list', word], [word], ['judge', word]],
          ...[
            ['test', '--preset', word],
            ['audit', '--targets', word],
            ['audit', '--ca', word, 'x'],
            ['serve', '--scenario', word],
          ],
          ['test', '--protocol', 'imap', '--tls', 'starttls', '--file', `${word}=x`, '--', 'true'],
          ['test', '--protocol', 'imap', '--tls', 'starttls', '--', word],
          ['proxy', word],
        ];
        inspect(await said(random.pick(lines), folder), folder);
      }),
    );
    rmSync(base, { recursive: true, force: true });
    return { rows: trials.rows };
  },
};

export default output;
