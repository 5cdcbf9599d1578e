import type { DiskMail } from './mail-disk.js';
import { isSeen, type Envelope, type KeptMail } from './kept-mail.js';

/** What is known of a mail that is put into a mailbox. */
export interface NewMail {
  readonly number: number;
  readonly receivedAt: number;
  readonly internalDate: string;
  readonly envelope: Envelope;
  readonly flags: ReadonlySet<string>;
  /** Its bytes, or where they are kept. */
  readonly from: Buffer | DiskMail;
}

/** One mailbox: mails in the order in which they came. */
export class Mailbox {
  readonly name: string;
  readonly attributes: readonly string[];
  readonly uidValidity: number;
  isSubscribed = true;
  #mails: Entry[] = [];
  #uidNext = 1;

  constructor(name: string, uidValidity: number, attributes: readonly string[] = []) {
    this.name = name;
    this.uidValidity = uidValidity;
    this.attributes = attributes;
  }

  /** Ascending by UID. */
  get mails(): readonly KeptMail[] {
    return this.#mails;
  }

  get uidNext(): number {
    return this.#uidNext;
  }

  get unseen(): number {
    return this.#mails.reduce((sum, mail) => sum + (isSeen(mail) ? 0 : 1), 0);
  }

  put(mail: NewMail): KeptMail {
    const entry = new Entry(this.#uidNext, mail);
    this.#uidNext += 1;
    this.#mails.push(entry);
    return entry;
  }

  /** Mails that are not in this mailbox stay as they are. */
  setFlags(mail: KeptMail, flags: Iterable<string>): void {
    if (mail instanceof Entry && !mail.isGone) mail.setFlags(new Set(flags));
  }

  /** Removes mails; those that were there. */
  take(isMeant: (mail: KeptMail) => boolean): KeptMail[] {
    const taken: Entry[] = [];
    const left: Entry[] = [];
    for (const mail of this.#mails) (isMeant(mail) ? taken : left).push(mail);
    if (taken.length === 0) return taken;
    this.#mails = left;
    for (const mail of taken) mail.leave();
    return taken;
  }

  /** Removes the mail that came first. */
  takeOldest(): KeptMail | undefined {
    const oldest = this.#mails.shift();
    oldest?.leave();
    return oldest;
  }
}

class Entry implements KeptMail {
  readonly number: number;
  readonly uid: number;
  readonly size: number;
  readonly receivedAt: number;
  readonly internalDate: string;
  readonly envelope: Envelope;
  #flags: ReadonlySet<string>;
  #from: Buffer | DiskMail | undefined;

  constructor(uid: number, { number, receivedAt, internalDate, envelope, flags, from }: NewMail) {
    this.number = number;
    this.uid = uid;
    this.size = Buffer.isBuffer(from) ? from.length : from.size;
    this.receivedAt = receivedAt;
    this.internalDate = internalDate;
    this.envelope = envelope;
    this.#flags = flags;
    this.#from = from;
  }

  get flags(): ReadonlySet<string> {
    return this.#flags;
  }

  get isGone(): boolean {
    return this.#from === undefined;
  }

  content(): Buffer {
    if (this.#from === undefined) return NOTHING;
    return Buffer.isBuffer(this.#from) ? this.#from : this.#from.content();
  }

  setFlags(flags: ReadonlySet<string>): void {
    if (this.#from !== undefined && !Buffer.isBuffer(this.#from)) this.#from.setFlags(flags);
    this.#flags = flags;
  }

  leave(): void {
    if (this.#from !== undefined && !Buffer.isBuffer(this.#from)) this.#from.remove();
    this.#from = undefined;
  }
}

const NOTHING = Buffer.alloc(0);
