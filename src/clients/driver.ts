import type { Site } from '../place/place.js';
import { portOf, usualPort } from '../protocols/port-roles.js';
import type { PortRole, ProtocolName, TlsMode } from '../protocols/protocol.js';
import type { ClientEnd } from '../verdict/visit.js';

/** All that a client is told for one visit; the placeholders of `waxseal test` are made of it. */
export interface ClientTask {
  readonly visit: number;
  /** What the visit is called in messages: the key of its case. */
  readonly name?: string;
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  readonly portRole: PortRole;
  /** Name (or address) to connect to. */
  readonly host: string;
  readonly port: number;
  /** IPv4 address of the endpoint. */
  readonly ip: string;
  /** The name that the certificate must carry. */
  readonly servername: string;
  readonly user: string;
  readonly password: string;
  /** OAuth 2.0 bearer token. */
  readonly token: string;
  /** Sender's and recipient's addresses. */
  readonly from: string;
  readonly to: string;
  /** The message to send, RFC 5322 with CRLF, with this visit's canary. */
  readonly message: string;
  /** PEM of the session's CA. */
  readonly ca: string;
  /** What the keeper must be told for children of this visit. */
  readonly child: Site['child'];
  /** Ends when waxseal gives the client up. */
  readonly signal: AbortSignal;
}

/** Something that can be started as a mail client: a command, or a function of a library. */
export interface Driver {
  /** Starts the client and resolves when its whole process tree has ended or its promise settled; never rejects. */
  run(task: ClientTask): Promise<ClientEnd>;
}

/** The scheme of a URL for a port role. */
export const schemeOf = (role: PortRole): string => portOf(role).scheme;

/** The port role of a protocol and TLS mode, as a client is configured. */
export const portRoleOf = (protocol: ProtocolName, tls: TlsMode): PortRole => usualPort(protocol, tls).role;
