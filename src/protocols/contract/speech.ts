// Words for those who speak the protocol: clients, servers, and proxies between them.

import type { Offer } from './offers.js';
import type { Command } from './units.js';

/** Credentials and addresses of one visit. */
export interface Account {
  readonly user: string;
  readonly password: string;
  readonly token: string;
  /** Servers take any user with any password. */
  readonly isAnyone?: true;
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
  /** The line that answers a SASL challenge; `response` is base64. */
  response(response: string): Buffer;
  /** The line that gives a SASL login up. */
  cancel(): Buffer;
  /** Name and version of the client; absent where the protocol has no command for it. */
  readonly identify?: (tag: string, name: string) => Buffer;
}

/** Words for the server and middle seats: bytes of replies to a command. */
export interface Answers {
  ok(to: Command | undefined, text: string): Buffer;
  /** `status` `no` is a permanent refusal, `try-later` a temporary one, `bad` a syntax error, `bye` a goodbye. */
  refuse(to: Command | undefined, status: 'no' | 'try-later' | 'bad' | 'bye', text: string): Buffer;
  /** The reply to a message that is too big (SMTP, RFC 1870 §6.3); absent where clients send none. */
  readonly tooBig?: () => Buffer;
  /** The positive reply to the upgrade command, with CRLF. */
  goAhead(to: Command | undefined): Buffer;
  /** A continuation request: 334, `+`, or a challenge string; `challenge` is base64. */
  challenge(challenge: string): Buffer;
  greeting(offer: Offer): Buffer;
  /** The complete answer to a capability command (ManageSieve: the capability block). */
  capabilities(to: Command | undefined, offer: Offer): Buffer;
}
