// The server that does everything right, unless its settings say otherwise.

import type { MailHost } from '../../mail/mail-host.js';
import type { Offer } from './offers.js';
import type { Account } from './speech.js';
import type { ClientUnit } from './units.js';

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
  /** Mailboxes that outlive the connection, and that SMTP puts mails into; without them every connection has one of its own. */
  readonly mail?: MailHost;
  /** A mail was put into `mail`: what came of it on the wire is not held any more. */
  readonly onMailTaken?: () => void;
  /** A refusal of what goes well otherwise (SMTP): the code to refuse it with, asked once a command. */
  readonly refusal?: (of: 'sender' | 'recipient' | 'login') => number | undefined;
  /** Randomness for challenges (APOP, CRAM-MD5), unique to the visit. */
  readonly nonce: string;
  /** A mistake (SMTP): what was said before TLS still counts inside it, though RFC 3207 §4.2 wants it forgotten. */
  readonly keepsState?: true;
  /** Flaw: TLS may be started after a login in clear, which still counts inside it. */
  readonly keepsLogin?: true;
}

/** The honest server's answer to one unit: bytes and what has to happen on the wire. */
export interface HonestAnswer {
  readonly bytes: Buffer;
  /** TLS starts after the bytes. */
  readonly upgrade?: true;
  /** The connection ends after the bytes. */
  readonly close?: true;
  /** What follows the bytes: a large answer is made, or passed on, in pieces. */
  readonly more?: AsyncIterable<Buffer>;
}

/** What a server says without being asked: untagged data of IMAP, a goodbye, its end. */
export interface Unsolicited {
  /** Resolves when there is something to take, or the server is gone. */
  arrives(): Promise<void>;
  /** All that is there now, which may be nothing if an answer took it; undefined when the server is gone. */
  take(): Buffer | undefined;
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
  /** What is said outside of any turn; absent where nothing is. */
  readonly unsolicited?: Unsolicited | undefined;
  /** The connection is over. */
  end?(): void;
}

/** What an honest server offers unless a scenario wants otherwise: logins that real clients use, and few extensions. */
export interface HonestOffer {
  readonly logins: readonly string[];
  /** Logins that only the greeting can offer, to a client which knows none of the others: POP3's APOP (RFC 1939 §7). */
  readonly greetingLogins?: readonly string[];
  readonly extensions: readonly string[];
  /** Outside TLS the list says that the login command is disabled (IMAP's LOGINDISABLED). */
  readonly saysLoginDisabled: boolean;
}
