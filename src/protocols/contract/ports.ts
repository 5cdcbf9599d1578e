// On which ports a protocol is found, and what they are called.

import type { PortRole } from '../names.js';

export type TlsMode = 'implicit' | 'starttls';

/** One of a protocol's places among the ports (IANA; RFC 8314, 3207, 2595, 5804). */
export interface ProtocolPort {
  /** A listener's place; the scheme of a target says the same. */
  readonly role: PortRole;
  readonly port: number;
  /** Ports that no registry knows, and that are often used instead. */
  readonly alternatives?: readonly number[];
  readonly tls: TlsMode;
  /** The scheme of the URLs that clients take; several roles may share one. */
  readonly scheme: string;
  /** Other schemes of targets that mean this role. */
  readonly aliases?: readonly string[];
  /** Schemes that people write by mistake: they are told of this role. */
  readonly mistakes?: readonly string[];
  /** What a client of the protocol is told to use in this TLS mode; one role of each mode is. */
  readonly usual: boolean;
  /** Is for the server's own users, who log in; else mail is taken from strangers. */
  readonly login: boolean;
  /** Where a password is taken in clear by mistake: 1 is the likeliest; last unless given. */
  readonly loginRank?: number;
  /** A server has to insist on TLS here (RFC 8314 §4.1); where strangers or other servers come it cannot (RFC 3207 §4). */
  readonly tlsRequired: boolean;
  /** Open to clients: an audit of a bare host looks at it, a cell has it, the demo shows it. Others are used if they are named. */
  readonly common: boolean;
}
