/** Who sent a mail, and to whom, as SMTP said it; addresses without angle brackets. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** A mail in a mailbox. */
export interface KeptMail {
  /** Ascending over all mailboxes: lower ones came earlier. */
  readonly number: number;
  /** Unique in its mailbox, ascending (RFC 9051 §2.3.1.1). */
  readonly uid: number;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** The same, or what the client said, as in `17-Jul-1996 02:44:25 -0700`. */
  readonly internalDate: string;
  readonly envelope: Envelope;
  readonly flags: ReadonlySet<string>;
  /** It is in no mailbox any more. */
  readonly isGone: boolean;
  /** Headers and body with CRLF line ends; empty once it is gone. */
  content(): Buffer;
}

/** Whether a mail has been read. */
export const isSeen = ({ flags }: KeptMail): boolean => flags.has('\\Seen');

/** Whether a mail goes with the next EXPUNGE. */
export const isDeleted = ({ flags }: KeptMail): boolean => flags.has('\\Deleted');
