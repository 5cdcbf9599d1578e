/** A mail that a folder keeps. */
export interface DiskMail {
  /** Bytes, with CRLF line ends. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly flags: readonly string[];
  content(): Buffer;
  setFlags(flags: ReadonlySet<string>): void;
  remove(): void;
}

/** Where mails are kept that outlive the process. What it cannot do it throws. */
export interface MailDisk {
  /** Names of the mailboxes that are there, besides the inbox. */
  mailboxes(): string[];
  /** Mails of a mailbox, oldest first. */
  mails(mailbox: string): DiskMail[];
  create(mailbox: string): void;
  remove(mailbox: string): void;
  add(mailbox: string, content: Buffer, flags: ReadonlySet<string>, receivedAt: number): DiskMail;
}
