import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { Fault, type FaultCode } from '../fault.js';
import { madeFolder } from '../place/made-folder.js';
import { systemReason } from '../place/system-reason.js';
import { printable } from '../wire/printable.js';

/** The text of a file that the user named; says which and why if it cannot be read. */
export const readText = (
  path: string,
  what: string,
  { most = 64 * 1024 * 1024, code = 'BAD_USAGE' }: { most?: number; code?: FaultCode } = {},
): string => {
  const fault = (why: string): Fault => new Fault(code, `${what} ${JSON.stringify(path)} cannot be read: ${why}`);
  try {
    const { size } = statSync(path);
    if (size > most) throw fault(`it has ${String(size)} bytes, at most ${String(most)} are read`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw error instanceof Fault ? error : fault(reason(error));
  }
};

/** The text of a file with a secret, which only its owner may read. */
export const privateText = (path: string, what: string): string => {
  const at = entryAt(path);
  if (at?.isFile() === true && (at.mode & 0o077) !== 0)
    throw new Fault('BAD_USAGE', `${what} ${JSON.stringify(path)} can be read by other users; run chmod 600 on it`);
  return readText(path, what);
};

/** A descriptor that is kept for the report: clients may have taken all others by then. */
let spare: number | undefined;

const keepSpare = (): void => {
  spare ??= openSync('/dev/null', 'r');
};

/** The process, or the machine, has no file descriptor left. */
export const isOutOfDescriptors = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');

/** Proves that a file can be written, before anything long begins. */
export const requireWritable = (path: string, what: string): void => {
  try {
    writeFileSync(path, '', { flag: 'a' });
    keepSpare();
  } catch (error) {
    throw new Fault(
      'BAD_USAGE',
      `${what} ${JSON.stringify(path)} cannot be written: ${existsSync(dirname(path)) ? reason(error) : `there is no folder ${JSON.stringify(dirname(path))}`}`,
    );
  }
};

/** Writes a file that only its owner reads, as a whole or not at all; throws what the system says. */
export const writeWhole = (path: string, text: string): void => {
  const at = statSync(path, { throwIfNoEntry: false });
  // A terminal, a pipe: there is nothing to rename.
  if (at?.isFile() === false) {
    writeFileSync(path, text);
    return;
  }
  const target = at === undefined ? path : realpathSync(path);
  const part = `${target}.${String(process.pid)}.part`;
  try {
    writeFileSync(part, text, { mode: 0o600 });
    renameSync(part, target);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
};

/** Writes a file that only its owner reads; `what` is for the message. Where descriptors ran out, it takes the one that was kept. */
export const writeOut = (path: string, text: string, what: string): void => {
  try {
    try {
      writeWhole(path, text);
    } catch (error) {
      if (!isOutOfDescriptors(error) || spare === undefined) throw error;
      // In one step: another process that wants it comes too late.
      closeSync(spare);
      spare = undefined;
      writeWhole(path, text);
      keepSpare();
    }
  } catch (error) {
    throw new Fault('BAD_USAGE', `${what} ${JSON.stringify(path)} could not be written: ${reason(error)}`);
  }
};

/** Makes a private folder (mode 0700) for what `what` says, or says why that is not possible. */
export const privateFolder = (path: string, what = 'recordings'): void => {
  try {
    madeFolder(path, 0o700);
    chmodSync(path, 0o700);
  } catch (error) {
    throw new Fault(
      'BAD_USAGE',
      `the folder ${JSON.stringify(path)} for ${what} cannot be made: ${reason(error)}; name one that you may write to`,
    );
  }
};

/** What the system says, in words. */
export const reason = (error: unknown): string =>
  systemReason(error) ?? printable(error instanceof Error ? error.message : String(error));

/** What is at a path; undefined where nothing is, or where it cannot be seen. */
export const entryAt = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
};

/** The certificates of a PEM file that `--ca` names; throws `BAD_USAGE` where there is none. */
export const certificatesOf = (path: string): string[] => {
  const found = readText(path, 'the CA file').match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  const fault = new Fault(
    'BAD_USAGE',
    `--ca ${JSON.stringify(path)} is not a certificate in PEM form (-----BEGIN CERTIFICATE-----); convert DER with: openssl x509 -inform der`,
  );
  if (found === null) throw fault;
  try {
    for (const pem of found) new X509Certificate(pem);
  } catch {
    throw fault;
  }
  return found;
};
