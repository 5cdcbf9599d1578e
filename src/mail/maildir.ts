import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.js';
import type { DiskMail, MailDisk } from './mail-disk.js';

/**
 * A Maildir++ folder, as Dovecot and Mutt read it: the inbox in `new` and `cur`, every other mailbox in a folder `.NAME`; line
 * ends are LF. Made for its owner alone where it is not there. Throws `BAD_USAGE` where it cannot be used.
 */
export class Maildir implements MailDisk {
  readonly #root: string;
  #written = 0;

  constructor(root: string) {
    this.#root = root;
    try {
      this.create('INBOX');
    } catch (error) {
      throw new Fault(
        'BAD_USAGE',
        `the Maildir ${JSON.stringify(root)} cannot be used (${error instanceof Error && 'code' in error ? String(error.code) : String(error)})`,
        { cause: error },
      );
    }
  }

  mailboxes(): string[] {
    return readdirSync(this.#root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && /^\.[^.]/.test(entry.name))
      .map(({ name }) => name.slice(1).replaceAll('.', '/'));
  }

  mails(mailbox: string): DiskMail[] {
    const folder = this.#folder(mailbox);
    return ['cur', 'new']
      .flatMap((part) => namesIn(join(folder, part)).map((name) => new MaildirFile(folder, part, name)))
      .toSorted((a, b) => a.receivedAt - b.receivedAt || (a.name < b.name ? -1 : 1));
  }

  create(mailbox: string): void {
    const folder = this.#folder(mailbox);
    for (const part of PARTS) mkdirSync(join(folder, part), { recursive: true, mode: 0o700 });
    if (folder !== this.#root) writeFileSync(join(folder, 'maildirfolder'), '', { mode: 0o600 });
  }

  remove(mailbox: string): void {
    const folder = this.#folder(mailbox);
    if (folder !== this.#root) rmSync(folder, { recursive: true, force: true });
  }

  add(mailbox: string, content: Buffer, flags: ReadonlySet<string>, receivedAt: number): DiskMail {
    const folder = this.#folder(mailbox);
    const text = content.toString('latin1');
    const lines = text.replaceAll('\r\n', '\n');
    this.#written += 1;
    const unique = `${String(Math.floor(receivedAt / 1000))}.M${String((receivedAt % 1000) * 1000)}P${String(process.pid)}Q${String(this.#written)}.waxseal,S=${String(lines.length)},W=${String(withCrlf(lines).length)}`;
    const letters = lettersOf(flags);
    const [part, name] = letters === '' ? ['new', unique] : ['cur', `${unique}:2,${letters}`];
    const temporary = join(folder, 'tmp', unique);
    const write = (): void => {
      writeFileSync(temporary, lines, { encoding: 'latin1', mode: 0o600, flag: 'wx' });
      renameSync(temporary, join(folder, part, name));
    };
    try {
      write();
    } catch (error) {
      // Mailboxes that come with every account have no folder before their first mail.
      if (!isMissing(error)) throw error;
      this.create(mailbox);
      write();
    }
    return new MaildirFile(folder, part, name);
  }

  #folder(mailbox: string): string {
    if (mailbox === 'INBOX') return this.#root;
    if (/[\0.\\]/.test(mailbox) || mailbox.startsWith('/'))
      throw new Error('a mailbox in a Maildir has no dot in its name');
    return join(this.#root, `.${mailbox.replaceAll('/', '.')}`);
  }
}

class MaildirFile implements DiskMail {
  readonly size: number;
  readonly receivedAt: number;
  readonly #folder: string;
  #part: string;
  #name: string;

  constructor(folder: string, part: string, name: string) {
    this.#folder = folder;
    this.#part = part;
    this.#name = name;
    const [, seconds, microseconds] = /^(\d{1,11})\.(?:M(\d{1,6}))?/.exec(name) ?? [];
    this.receivedAt =
      seconds === undefined
        ? statSync(this.#path).mtimeMs
        : Number(seconds) * 1000 + Math.floor(Number(microseconds ?? 0) / 1000);
    const [, size] = /,W=(\d{1,10})/.exec(name) ?? [];
    this.size = size === undefined ? this.content().length : Number(size);
  }

  get name(): string {
    return this.#name;
  }

  get flags(): readonly string[] {
    const [, letters = ''] = /:2,([A-Z]*)$/.exec(this.#name) ?? [];
    return [...FLAGS].filter(([letter]) => letters.includes(letter)).map(([, flag]) => flag);
  }

  /** Empty if the file is gone: another program may have removed it. */
  content(): Buffer {
    try {
      return withCrlf(this.#anywhere((path) => readFileSync(path, 'latin1')));
    } catch (error) {
      if (isMissing(error)) return Buffer.alloc(0);
      throw error;
    }
  }

  setFlags(flags: ReadonlySet<string>): void {
    const [unique = this.#name] = this.#name.split(':2,', 1);
    const name = `${unique}:2,${lettersOf(flags)}`;
    try {
      this.#anywhere((path) => {
        renameSync(path, join(this.#folder, 'cur', name));
      });
      [this.#part, this.#name] = ['cur', name];
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  remove(): void {
    try {
      this.#anywhere(unlinkSync);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  get #path(): string {
    return join(this.#folder, this.#part, this.#name);
  }

  /** Other programs rename files when they set flags: then it is looked for by the part of its name that stays. */
  #anywhere<T>(work: (path: string) => T): T {
    try {
      return work(this.#path);
    } catch (error) {
      if (!isMissing(error)) throw error;
      const [unique = this.#name] = this.#name.split(':2,', 1);
      for (const part of ['cur', 'new']) {
        const name = namesIn(join(this.#folder, part)).find((each) => each.split(':2,', 1)[0] === unique);
        if (name === undefined) continue;
        [this.#part, this.#name] = [part, name];
        return work(this.#path);
      }
      throw error;
    }
  }
}

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

const withCrlf = (text: string): Buffer => Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1');

const lettersOf = (flags: ReadonlySet<string>): string =>
  [...FLAGS]
    .filter(([, flag]) => flags.has(flag))
    .map(([letter]) => letter)
    .join('');

/** In the order in which a name lists them. */
const FLAGS = new Map([
  ['D', '\\Draft'],
  ['F', '\\Flagged'],
  ['R', '\\Answered'],
  ['S', '\\Seen'],
  ['T', '\\Deleted'],
]);
const PARTS = ['cur', 'new', 'tmp'];
