// What a client says, unit by unit.

/** The points of a conversation at which a scenario may interfere. */
export type Moment =
  | 'accept'
  | 'greeting'
  | 'capabilities'
  | 'identify'
  | 'starttls'
  | 'handshake'
  | 'insideTls'
  | 'login'
  | 'mailbox'
  | 'message'
  | 'quit'
  | 'other';

/** A half-open range of bytes within a unit's `raw`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A part of a unit that is a credential or mail, and must not be stored unless it is a canary. */
export interface SecretSpan extends Span {
  /** `user` is metadata; `password`, `token` and `authenticator` are credentials; `mail` is envelope or content. */
  readonly class: 'user' | 'password' | 'token' | 'authenticator' | 'mail';
  /** SASL mechanism or login command, as in `PLAIN`, `CRAM-MD5`, `LOGIN command`, `USER/PASS`, `APOP`. */
  readonly mechanism?: string;
}

/** One complete command line of a client, with its literals. */
export interface Command {
  readonly kind: 'command';
  readonly moment: Moment;
  /** Upper case: `EHLO`, `AUTHENTICATE`, `STLS`. Empty for a line that is no command. */
  readonly verb: string;
  /** IMAP only. */
  readonly tag?: string;
  /** Arguments as bytes in latin1, unquoted; literals are arguments too. */
  readonly args: readonly string[];
  readonly raw: Buffer;
  readonly secrets: readonly SecretSpan[];
  /** For commands that log in: `PLAIN`, `XOAUTH2`, `LOGIN command`, `USER/PASS`, `APOP`. */
  readonly mechanism?: string;
  /** How the client goes on if the server answers with a continuation; absent if it can't. */
  readonly continues?: 'sasl' | 'body' | 'line';
  /** The body that follows at once without waiting (SMTP BDAT), in bytes. */
  readonly followedBy?: number;
}

/** A client's answer to a SASL challenge (or any continuation line such as IDLE's DONE). */
export interface Response {
  readonly kind: 'response';
  readonly moment: Moment;
  readonly mechanism: string;
  /** 1 for the answer to the first challenge. */
  readonly step: number;
  readonly raw: Buffer;
  readonly secrets: readonly SecretSpan[];
}

/** Message content after SMTP's 354 (dot-stuffed, with the final dot) or of BDAT: all of it, or a piece. */
export interface Body {
  readonly kind: 'body';
  readonly moment: 'message';
  readonly raw: Buffer;
  /** More of the message follows; only the last piece is answered. */
  readonly goesOn?: true;
  readonly secrets: readonly SecretSpan[];
}

/** An IMAP synchronising literal: the client waits for `+` before it sends `size` bytes. */
export interface LiteralWait {
  readonly kind: 'literal-wait';
  readonly moment: Moment;
  readonly tag: string;
  readonly verb: string;
  /** For a login command, as in `Command`. */
  readonly mechanism?: string;
  /** Bytes announced; may be absurdly large, nothing is allocated for it. */
  readonly size: number;
  /** What arrived of the command so far, ending with the announcement's CRLF. */
  readonly raw: Buffer;
}

/** A line, command or message longer than the bound; the reader is stuck and the conversation should end. */
export interface Oversize {
  readonly kind: 'oversize';
  readonly moment: 'other';
  readonly of: 'line' | 'message';
  readonly raw: Buffer;
}

/** One complete thing that a client said. */
export type ClientUnit = Command | Response | Body | LiteralWait | Oversize;

/** Result of trying to read one unit from the front of a buffer: undefined means more bytes are needed. */
export interface Read<T> {
  readonly value: T;
  /** Bytes consumed. */
  readonly length: number;
}
