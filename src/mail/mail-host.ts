import type { Envelope, KeptMail } from './kept-mail.js';
import type { DiskMail, MailDisk } from './mail-disk.js';
import { Mailbox } from './mailbox.js';

export interface MailHostOptions {
  /** Mails and bytes of all mailboxes together. */
  readonly limits: { readonly mails: number; readonly bytes: number };
  /** What happens to a mail for which there is no room; the oldest mails go to make room with `drop-oldest`. */
  readonly whenFull: 'refuse' | 'drop-oldest';
  /** Milliseconds since 1970; without a clock a mail's own date counts, so that nothing depends on when it runs. */
  readonly now?: () => number;
  /** The same as long as UIDs mean the same mails (RFC 9051 §2.3.1.1). */
  readonly uidValidity: number;
  /** Mails are kept in memory by default. */
  readonly disk?: MailDisk;
}

/** What came and went since the host was made. */
export interface MailCounts {
  readonly accepted: number;
  /** Bytes. */
  readonly acceptedBytes: number;
  readonly deleted: number;
  /** Mails that went because there was no room for new ones. */
  readonly dropped: number;
  readonly refused: number;
}

/** The mailboxes of one site: an inbox, and the usual ones besides. Everybody who logs in sees the same. */
export class MailHost {
  readonly inbox: Mailbox;
  readonly limits: MailHostOptions['limits'];
  readonly #options: MailHostOptions;
  readonly #mailboxes: Mailbox[];
  readonly #watchers = new Set<() => void>();
  readonly #counts = { accepted: 0, acceptedBytes: 0, deleted: 0, dropped: 0, refused: 0 };
  #next = 1;
  #mails = 0;
  #bytes = 0;

  constructor(options: MailHostOptions) {
    this.#options = options;
    this.limits = options.limits;
    const { uidValidity, disk } = options;
    this.inbox = new Mailbox('INBOX', uidValidity);
    this.#mailboxes = [this.inbox, ...USUAL.map(([name, attribute]) => new Mailbox(name, uidValidity, [attribute]))];
    if (disk !== undefined) this.#load(disk);
  }

  get counts(): MailCounts {
    return this.#counts;
  }

  /** Mails in all mailboxes. */
  get mails(): number {
    return this.#mails;
  }

  /** Bytes of the mails in all mailboxes. */
  get bytes(): number {
    return this.#bytes;
  }

  get mailboxes(): readonly Mailbox[] {
    return this.#mailboxes;
  }

  /** By name; INBOX in any case (RFC 9051 §5.1). */
  find(name: string): Mailbox | undefined {
    const wanted = canonical(name);
    return this.#mailboxes.find((mailbox) => mailbox.name === wanted);
  }

  /** False if the name is taken, empty, too long, or there are too many. */
  create(name: string): boolean {
    const wanted = canonical(name.replace(/\/$/, ''));
    if (!isMailboxName(wanted)) return false;
    if (this.find(wanted) !== undefined || this.#mailboxes.length >= MOST_MAILBOXES) return false;
    try {
      this.#options.disk?.create(wanted);
    } catch {
      return false;
    }
    this.#mailboxes.push(new Mailbox(wanted, this.#options.uidValidity));
    return true;
  }

  /** False if there is no such mailbox, or it is the inbox. */
  remove(name: string): boolean {
    const index = this.#mailboxes.findIndex((mailbox) => mailbox.name === canonical(name));
    const mailbox = this.#mailboxes[index];
    if (index < 1 || mailbox === undefined) return false;
    this.take(mailbox, () => true);
    try {
      this.#options.disk?.remove(mailbox.name);
    } catch {
      return false;
    }
    this.#mailboxes.splice(index, 1);
    return true;
  }

  /** Puts a mail into the inbox that came for somebody; undefined if it cannot be kept. */
  deliver(content: Buffer, envelope: Envelope): KeptMail | undefined {
    const mail = this.add(this.inbox, content, { envelope });
    if (mail === undefined) this.#counts.refused += 1;
    else {
      this.#counts.accepted += 1;
      this.#counts.acceptedBytes += content.length;
    }
    return mail;
  }

  /** Puts a mail into a mailbox; undefined if there is no room for it, or it cannot be written. */
  add(
    mailbox: Mailbox,
    content: Buffer,
    about: { readonly flags?: Iterable<string>; readonly internalDate?: string; readonly envelope?: Envelope } = {},
  ): KeptMail | undefined {
    if (!this.hasRoom([content.length])) return undefined;
    const flags = new Set(about.flags);
    const date = about.internalDate ?? this.#dateOf(content);
    const receivedAt = this.#options.now?.() ?? Date.parse(date);
    let from: Buffer | DiskMail;
    try {
      from = this.#options.disk?.add(mailbox.name, content, flags, receivedAt) ?? content;
    } catch {
      return undefined;
    }
    const mail = this.#put(mailbox, from, { flags, date, receivedAt, envelope: about.envelope ?? NOBODY });
    this.#makeRoom();
    this.#tell();
    return mail;
  }

  /** Whether mails of so many bytes can be kept. */
  hasRoom(sizes: readonly number[]): boolean {
    const { limits, whenFull } = this.#options;
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return whenFull === 'drop-oldest'
      ? bytes <= limits.bytes
      : this.#mails + sizes.length <= limits.mails && this.#bytes + bytes <= limits.bytes;
  }

  setFlags(mailbox: Mailbox, mail: KeptMail, flags: Iterable<string>): void {
    mailbox.setFlags(mail, flags);
  }

  /** Removes mails of a mailbox; those that were there. */
  take(mailbox: Mailbox, isMeant: (mail: KeptMail) => boolean): KeptMail[] {
    const taken = mailbox.take(isMeant);
    if (taken.length === 0) return taken;
    for (const { size } of taken) this.#gone(size);
    this.#counts.deleted += taken.length;
    this.#tell();
    return taken;
  }

  /** Calls back when mails came or went; ends with the function that it returns. */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange);
    return () => {
      this.#watchers.delete(onChange);
    };
  }

  #put(
    mailbox: Mailbox,
    from: Buffer | DiskMail,
    about: { flags: ReadonlySet<string>; date: string; receivedAt: number; envelope: Envelope },
  ): KeptMail {
    const { flags, date, receivedAt, envelope } = about;
    const mail = mailbox.put({ number: this.#next, receivedAt, internalDate: date, envelope, flags, from });
    this.#next += 1;
    this.#mails += 1;
    this.#bytes += mail.size;
    return mail;
  }

  #gone(size: number): void {
    this.#mails -= 1;
    this.#bytes -= size;
  }

  #makeRoom(): void {
    const { limits, whenFull } = this.#options;
    while (whenFull === 'drop-oldest' && (this.#mails > limits.mails || this.#bytes > limits.bytes)) {
      const [first, ...more] = this.#mailboxes.filter(({ mails }) => mails.length > 0);
      if (first === undefined) return;
      const oldest = more.reduce((found, each) => (firstOf(each) < firstOf(found) ? each : found), first);
      const mail = oldest.takeOldest();
      if (mail === undefined) return;
      this.#gone(mail.size);
      this.#counts.dropped += 1;
    }
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #dateOf(content: Buffer): string {
    const { now } = this.#options;
    return now === undefined ? ownDate(content) : imapDate(now());
  }

  #load(disk: MailDisk): void {
    for (const name of disk.mailboxes()) if (isMailboxName(name)) this.create(name);
    for (const mailbox of this.#mailboxes)
      for (const mail of disk.mails(mailbox.name))
        this.#put(mailbox, mail, {
          flags: new Set(mail.flags),
          date: imapDate(mail.receivedAt),
          receivedAt: mail.receivedAt,
          envelope: NOBODY,
        });
    this.#makeRoom();
  }
}

const firstOf = ({ mails }: Mailbox): number => mails[0]?.number ?? Infinity;

const canonical = (name: string): string => (/^inbox$/i.test(name) ? 'INBOX' : name);

const isMailboxName = (name: string): boolean => name !== '' && name.length <= 255 && !/[\0\r\n*%]/.test(name);

/** As in `17-Jul-1996 02:44:25 +0000`. */
const imapDate = (ms: number): string => {
  const [, day = '01', month = 'Jan', year = '1970', time = '00:00:00'] =
    /^\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}:\d{2}:\d{2})/.exec(new Date(ms).toUTCString()) ?? [];
  return `${day}-${month}-${year} ${time} +0000`;
};

// Without a clock: the date that the mail carries, or one fixed day.
const ownDate = (content: Buffer): string => {
  const [header = ''] = content.toString('latin1', 0, LONGEST_HEADER).split('\r\n\r\n', 1);
  const [, line = ''] = /^date:(.*)$/im.exec(header) ?? [];
  const found = /(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}:\d{2}:\d{2}) ([+-]\d{4})/.exec(line);
  const [, day = '1', month = 'Jan', year = '2026', time = '00:00:00', zone = '+0000'] = found ?? [];
  return `${day.padStart(2, '0')}-${month}-${year} ${time} ${zone}`;
};

const USUAL = [
  ['Drafts', '\\Drafts'],
  ['Sent', '\\Sent'],
  ['Trash', '\\Trash'],
] as const;
const NOBODY: Envelope = { from: '', to: [] };
const MOST_MAILBOXES = 1000;
/** Bytes that are searched for a date. */
const LONGEST_HEADER = 64 * 1024;
