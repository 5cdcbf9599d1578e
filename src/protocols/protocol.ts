/** What every mail protocol's folder gives to the three seats, to scenarios and to checks. Pure: no sockets, no clocks, no state but what is passed. */

import type { Forgeries } from './contract/forgeries.js';
import type { CommandGrammar, OfferGrammar, ReplyGrammar } from './contract/grammar.js';
import type { HonestOffer, HonestServer, ServerSettings } from './contract/honest-server.js';
import type { Inspection } from './contract/inspection.js';
import type { ProtocolPort, TlsMode } from './contract/ports.js';
import type { Secrecy } from './contract/secrecy.js';
import type { Answers, Speech } from './contract/speech.js';
import type { UsualClient } from './contract/usual-client.js';
import type { ProtocolName } from './names.js';

export type * from './contract/forgeries.js';
export type * from './contract/grammar.js';
export type * from './contract/honest-server.js';
export type * from './contract/inspection.js';
export type * from './contract/offers.js';
export type * from './contract/ports.js';
export type * from './contract/replies.js';
export type * from './contract/secrecy.js';
export type * from './contract/speech.js';
export type * from './contract/units.js';
export type * from './contract/usual-client.js';
export type { PortRole, ProtocolName } from './names.js';

/** What a protocol's folder declares: all that is known of it. */
export interface ProtocolDeclaration extends CommandGrammar, ReplyGrammar, OfferGrammar {
  readonly name: ProtocolName;
  /** As people write it. */
  readonly title: string;
  /** Its place in lists, ascending. */
  readonly rank: number;
  readonly ports: readonly ProtocolPort[];
  /** The name in `openssl s_client -starttls NAME`. */
  readonly opensslName: string;
  /** Its name in ALPN (IANA; RFC 7301); SMTP's and LMTP's are registered nowhere, and Exim's usual ones. */
  readonly alpn: string;
  /** `STARTTLS` or `STLS`. */
  readonly upgradeVerb: string;
  /** The command that has to come before any other, and that asks for the list: `EHLO`; absent where none has to. */
  readonly helloVerb?: string;
  /** Which half of a mail account it is, in settings that clients read by themselves; absent where it is none. */
  readonly mailAccount?: 'outgoing' | { readonly incoming: string };
  /** Its servers take mail that nobody has logged in for. */
  readonly mailWithoutLogin: boolean;
  readonly say: Speech;
  readonly answers: Answers;
  readonly honest: HonestOffer;
  readonly client: UsualClient;
  readonly inspection: Inspection;
  readonly forgeries: Forgeries;
  readonly secrecy: Secrecy;
  /** A new honest server's side of one connection. */
  server(settings: ServerSettings): HonestServer;
}

/** A protocol, complete. */
export interface Protocol extends ProtocolDeclaration {
  /** How TLS starts on the ports that clients are told to use. */
  readonly modes: readonly TlsMode[];
}

/** Declares a protocol. */
export const defineProtocol = (declared: ProtocolDeclaration): Protocol => ({
  ...declared,
  modes: [...new Set(declared.ports.filter(({ usual }) => usual).map(({ tls }) => tls))],
});
