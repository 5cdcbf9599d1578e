import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A session of openssl’s own server and client in IMAP, with TLS from the first byte. */
export interface OpensslOrder {
  /** Options of both. */
  readonly both: readonly string[];
  readonly server?: readonly string[];
  readonly client?: readonly string[];
  /** A session before it leaves a ticket; the client begins with these words. */
  readonly early?: string;
  /** The server does not take them. */
  readonly isRefused?: true;
}

/** What is said inside TLS, besides early data. */
export const SAID = ['* OK IMAP4rev1 ready', 'a1 LOGIN alice hunter22', 'a1 OK in', 'a2 LOGOUT'] as const;

/** Certificate and key of the servers, in a folder. */
export const selfSigned = async (folder: string): Promise<void> => {
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=mail.lab.test', ...files]);
};

/** Plays a session at an address of this machine, the keys added to `keys.log` in the folder; gives the server’s port. */
export const opensslSession = async (order: OpensslOrder, address: string, folder: string): Promise<number> => {
  const { both, server = [], client = [], early, isRefused } = order;
  const files = ['-key', join(folder, 'key.pem'), '-cert', join(folder, 'certificate.pem')];
  const serving = spawn('openssl', [
    's_server',
    '-accept',
    `${address}:0`,
    '-alpn',
    'imap',
    ...files,
    ...both,
    ...server,
  ]);
  try {
    const port = Number((await said(serving, /ACCEPT \S+:(\d+)/))[1]);
    const at = ['s_client', '-connect', `${address}:${String(port)}`, '-alpn', 'imap', ...both];
    const resuming =
      early === undefined ? [] : ['-sess_in', join(folder, 'session'), '-early_data', join(folder, 'early')];
    if (early !== undefined) {
      writeFileSync(join(folder, 'early'), early);
      const first = spawn('openssl', [...at, '-sess_out', join(folder, 'session')]);
      await said(serving, /CIPHER is/);
      // What the server says comes behind its tickets.
      const heard = said(first, /ticketed/);
      serving.stdin.write('ticketed\n');
      await heard;
      await over(first);
      // A ticket is taken once: who comes with it again is refused.
      if (isRefused === true) {
        const second = spawn('openssl', [...at, ...resuming]);
        await said(serving, /CIPHER is/);
        await over(second);
      }
    }
    const calling = spawn('openssl', [...at, ...resuming, ...client, '-keylogfile', join(folder, 'keys.log')]);
    await said(serving, /CIPHER is/);
    for (const [index, line] of SAID.entries()) {
      const [from, to] = index % 2 === 0 ? [serving, calling] : [calling, serving];
      const heard = said(to, new RegExp(line.replace('*', String.raw`\*`)));
      from.stdin.write(`${line}\r\n`);
      await heard;
    }
    await over(calling);
    return port;
  } finally {
    await over(serving);
  }
};

/** A client leaves when told so; a server that waits for the next one reads nothing. */
const over = async (child: ChildProcessWithoutNullStreams): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ends = once(child, 'exit');
  if (child.spawnargs[1] === 's_server') child.kill();
  else child.stdin.end('Q\n');
  await ends;
};

const printed = new WeakMap<ChildProcessWithoutNullStreams, { text: string }>();

/** Resolves with the match once a program has printed it, behind what was looked for before. */
const said = (child: ChildProcessWithoutNullStreams, what: RegExp): Promise<RegExpExecArray> => {
  let kept = printed.get(child);
  if (kept === undefined) {
    const fresh = { text: '' };
    kept = fresh;
    printed.set(child, fresh);
    child.stderr.on('data', () => undefined);
    child.stdout.on('data', (bytes: Buffer) => {
      fresh.text += bytes.toString('latin1');
    });
  }
  const all = kept;
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const found = what.exec(all.text);
      if (found === null) return;
      all.text = all.text.slice(found.index + found[0].length);
      child.stdout.off('data', look);
      resolve(found);
    };
    child.stdout.on('data', look);
    child.once('exit', () => {
      reject(new Error(`openssl ended without ${String(what)}: ${all.text}`));
    });
    look();
  });
};
