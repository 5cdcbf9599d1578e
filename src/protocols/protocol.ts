/** What every mail protocol's grammar offers to the three seats. Pure: no sockets, no clocks, no state but what is passed. */

export type ProtocolName = 'smtp' | 'imap' | 'pop3' | 'managesieve';
export type TlsMode = 'implicit' | 'starttls';

/** A listener's place among the well-known ports; the scheme of a URL says the same. */
export type PortRole = 'smtp' | 'submission' | 'submissions' | 'imap' | 'imaps' | 'pop3' | 'pop3s' | 'sieve';

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

/** Message content after SMTP's 354 (dot-stuffed, with the final dot) or of BDAT. */
export interface Body {
  readonly kind: 'body';
  readonly moment: 'message';
  readonly raw: Buffer;
  readonly secrets: readonly SecretSpan[];
}

/** An IMAP synchronising literal: the client waits for `+` before it sends `size` bytes. */
export interface LiteralWait {
  readonly kind: 'literal-wait';
  readonly moment: Moment;
  readonly tag: string;
  readonly verb: string;
  /** Bytes announced; may be absurdly large, nothing is allocated for it. */
  readonly size: number;
  /** What arrived of the command so far, ending with the announcement's CRLF. */
  readonly raw: Buffer;
}

/** A line or command longer than the bound; the reader is stuck and the conversation should end. */
export interface Oversize {
  readonly kind: 'oversize';
  readonly moment: 'other';
  readonly raw: Buffer;
}

export type ClientUnit = Command | Response | Body | LiteralWait | Oversize;

/** One complete reply of a server. */
export interface Reply {
  /** `untagged` is IMAP's; `continuation` invites the client to go on (334, 354, `+`, a SASL challenge). */
  readonly kind: 'greeting' | 'final' | 'continuation' | 'untagged';
  readonly status: 'ok' | 'no' | 'bad' | 'bye' | 'preauth' | 'continue' | 'unknown';
  /** SMTP `250`; IMAP, POP3 and ManageSieve response codes without brackets: `SYS/TEMP`, `TRYLATER`, `CAPABILITY IMAP4rev1 …`. */
  readonly code?: string;
  readonly tag?: string;
  /** Lines in latin1 without CRLF, status words kept. */
  readonly lines: readonly string[];
  /** A SASL challenge as sent (base64), for continuations of a login. */
  readonly challenge?: string;
  readonly raw: Buffer;
}

/** What a server offers at one moment. */
export interface Offer {
  /** STARTTLS or STLS is listed. */
  readonly upgrade: boolean;
  /** SASL mechanisms, upper case, and `LOGIN command`, `USER/PASS`, `APOP` where the protocol has them. */
  readonly logins: readonly string[];
  /** IMAP's LOGINDISABLED is listed. */
  readonly loginDisabled: boolean;
  /** All other capabilities, as listed. */
  readonly extensions: readonly string[];
}

/** A change of an offer; absent fields stay as they are. */
export interface OfferChange {
  readonly upgrade?: boolean;
  readonly logins?: readonly string[];
  readonly loginDisabled?: boolean;
  readonly addExtensions?: readonly string[];
}

/** Credentials and addresses of one visit. */
export interface Account {
  readonly user: string;
  readonly password: string;
  readonly token: string;
}

/** Result of trying to read one unit from the front of a buffer: undefined means more bytes are needed. */
export interface Read<T> {
  readonly value: T;
  /** Bytes consumed. */
  readonly length: number;
}

/** What the reply reader must know of the conversation. */
export interface ReplyContext {
  /** Nothing was received yet on this connection. */
  readonly first: boolean;
  /** The oldest command without a final reply. */
  readonly outstanding?: Command;
  /** The reader's note to itself, the same object until the reply is complete; without it a reader begins anew. */
  readonly progress?: ReplyProgress;
}

/** How far an unfinished reply was read, so that no byte is read again with every segment that arrives. */
export interface ReplyProgress {
  /** Offset of the first byte that was not understood yet. */
  at: number;
  /** The complete lines before it, where the reader wants them. */
  readonly lines: string[];
}

/** Words for the client seat: bytes of commands. `tag` is used by IMAP only. */
export interface Speech {
  capabilities(tag: string, name: string): Buffer;
  upgrade(tag: string): Buffer;
  quit(tag: string): Buffer;
  /** A harmless command that has an answer of its own. */
  noop(tag: string): Buffer;
  /**
   * First line of a login; SASL mechanisms are sent without initial response unless `initialResponse` (already base64) is given.
   * POP3: `USER/PASS` gives USER, `PASS` the line after it; `APOP` takes its digest (hexadecimal) as `initialResponse`.
   */
  login(tag: string, mechanism: string, account: Account, initialResponse?: string): Buffer;
}

/** Words for the server and middle seats: bytes of replies to a command. */
export interface Answers {
  ok(to: Command | undefined, text: string): Buffer;
  /** `status` `no` is a permanent refusal, `try-later` a temporary one, `bad` a syntax error, `bye` a goodbye. */
  refuse(to: Command | undefined, status: 'no' | 'try-later' | 'bad' | 'bye', text: string): Buffer;
  /** The positive reply to the upgrade command, with CRLF. */
  goAhead(to: Command | undefined): Buffer;
  /** A continuation request: 334, `+`, or a challenge string; `challenge` is base64. */
  challenge(challenge: string): Buffer;
  greeting(offer: Offer): Buffer;
  /** The complete answer to a capability command (ManageSieve: the capability block). */
  capabilities(to: Command | undefined, offer: Offer): Buffer;
}

export interface Protocol {
  readonly name: ProtocolName;
  /** `STARTTLS` or `STLS`. */
  readonly upgradeVerb: string;
  readonly modes: readonly TlsMode[];
  /** Whether the server speaks again by itself after the upgrade (ManageSieve, RFC 5804 §2.2). */
  readonly speaksFirstAfterUpgrade: boolean;
  /** Whether the greeting carries the capability list (ManageSieve always, IMAP often). */
  readonly greetingCarriesOffer: boolean;
  /** Longest command line with its literals, in bytes. */
  readonly longestCommand: number;
  /**
   * Reads one command. A synchronising literal beyond the first `invited` ones ends the read with a `literal-wait`
   * (whose `length` is what arrived so far), even where the literal's bytes are there already.
   */
  readCommand(buffer: Buffer, invited: number): Read<Command | LiteralWait> | undefined;
  /** Reads the client's answer to a continuation. */
  readResponse(buffer: Buffer, to: Command, step: number): Read<Response> | undefined;
  /** Reads a message body after a continuation to `to`, from `searchFrom` on where the end was not found before. */
  readBody(buffer: Buffer, to: Command, searchFrom: number): Read<Body> | undefined;
  readReply(buffer: Buffer, context: ReplyContext): Read<Reply> | undefined;
  /** The offer in a capability reply or greeting; undefined if it carries none. */
  offer(replies: readonly Reply[]): Offer | undefined;
  /** Edits the capabilities inside the bytes of a reply; bytes that carry none are returned unchanged. */
  rewriteOffer(reply: Buffer, change: OfferChange): Buffer;
  readonly say: Speech;
  readonly answers: Answers;
  /** A new honest server's side of one connection. */
  server(settings: ServerSettings): HonestServer;
}

/** How an honest (or deliberately weak) server behaves; scenarios and toy servers change fields. */
export interface ServerSettings {
  readonly account: Account;
  readonly hostname: string;
  /** The canary message of the mailbox, CRLF line ends, complete with headers. */
  readonly message: Buffer;
  readonly outside: Offer;
  readonly inside: Offer;
  /** Logins are accepted outside TLS. */
  readonly acceptsLoginOutside: boolean;
  /** Mail and mailbox commands are accepted without login (SMTP relay). */
  readonly relay: boolean;
  /** SMTP: mail is taken without login wherever a login would be accepted, so that clients without an account get on too. */
  readonly mailWithoutLogin?: boolean;
  /** Randomness for challenges (APOP, CRAM-MD5), unique to the visit. */
  readonly nonce: string;
  /** A mistake (SMTP): what was said before TLS still counts inside it, though RFC 3207 §4.2 wants it forgotten. */
  readonly keepsState?: true;
}

/** The honest server's answer to one unit: bytes and what has to happen on the wire. */
export interface HonestAnswer {
  readonly bytes: Buffer;
  /** TLS starts after the bytes. */
  readonly upgrade?: true;
  /** The connection ends after the bytes. */
  readonly close?: true;
}

/** A pure state machine: one per connection. */
export interface HonestServer {
  greeting(): Buffer;
  /** Bytes to send unasked after TLS started in place (ManageSieve), else empty. Resets all state (RFC 3207 §4.2). */
  upgraded(): Buffer;
  /** Implicit TLS: the connection is inside TLS before the greeting. */
  startInside(): void;
  answer(unit: ClientUnit): HonestAnswer;
  /** IMAP: takes the client for logged in without a login, as PREAUTH says (RFC 9051 §7.1.4). */
  preauthenticate?(): void;
  readonly authenticated: boolean;
}
