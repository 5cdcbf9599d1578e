import type { KeptMail } from '../../mail/kept-mail.js';
import type { Mailbox } from '../../mail/mailbox.js';
import { parsePart, type Part } from '../../mail/mime.js';

/** A mail with its sequence number, taken apart when something of it is wanted. */
export class NumberedMail {
  readonly mail: KeptMail;
  readonly number: number;
  #text: string | undefined;
  #part: Part | undefined;

  constructor(mail: KeptMail, number: number) {
    this.mail = mail;
    this.number = number;
  }

  /** In latin1. */
  get text(): string {
    return (this.#text ??= this.mail.content().toString('latin1'));
  }

  get part(): Part {
    return (this.#part ??= parsePart(this.text));
  }
}

/** A mailbox as one connection knows it: what others add or remove has no number before the client is told (RFC 9051 §7.5.1). */
export class MailboxView {
  readonly mailbox: Mailbox;
  #mails: KeptMail[];
  /** UIDs from here on are new. */
  #seen: number;

  constructor(mailbox: Mailbox) {
    this.mailbox = mailbox;
    this.#mails = [...mailbox.mails];
    this.#seen = mailbox.uidNext;
  }

  get length(): number {
    return this.#mails.length;
  }

  get largestUid(): number {
    return this.#mails.at(-1)?.uid ?? 0;
  }

  /** Those that are meant, by number and UID. */
  *chosen(isMeant: (number: number, uid: number) => boolean): Generator<NumberedMail> {
    for (const [index, mail] of this.#mails.entries())
      if (isMeant(index + 1, mail.uid)) yield new NumberedMail(mail, index + 1);
  }

  /** Whether there is anything that the client has not been told. */
  get hasNews(): boolean {
    return this.mailbox.uidNext > this.#seen || this.#mails.some(({ isGone }) => isGone);
  }

  /** EXPUNGE lines for mails that are gone; they have no number any more. */
  expunged(): string[] {
    const lines: string[] = [];
    const left: KeptMail[] = [];
    for (const mail of this.#mails)
      if (mail.isGone) lines.push(`${left.length + 1} EXPUNGE`);
      else left.push(mail);
    if (lines.length > 0) this.#mails = left;
    return lines;
  }

  /** An EXISTS line if mails have come. */
  arrived(): string[] {
    const { mails, uidNext } = this.mailbox;
    if (uidNext === this.#seen) return [];
    const first = mails.findLastIndex(({ uid }) => uid < this.#seen) + 1;
    this.#seen = uidNext;
    if (first === mails.length) return [];
    this.#mails.push(...mails.slice(first));
    return [`${this.#mails.length} EXISTS`];
  }
}
