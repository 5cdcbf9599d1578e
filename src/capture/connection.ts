import type { PortRole, ProtocolName, TlsMode } from '../protocols/protocol.js';
import type { Party } from '../wire/entry.js';
import type { ConnectionRecord } from '../verdict/visit.js';
import type { CertificateFault } from './certificate-fault.js';
import type { TlsFacts } from './tls-session.js';

/** One end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Bytes that were sent and not captured. */
export interface Loss {
  readonly from: Party;
  readonly count: number;
  /** Number of entries of the transcript before it. */
  readonly before: number;
  /** They were part of TLS. */
  readonly inside: boolean;
}

/** TLS on a captured connection. */
export interface CapturedTls {
  /** Index of its boundary among the entries. */
  readonly entry: number;
  readonly facts: TlsFacts;
  /** What is visibly wrong with the certificate. */
  readonly fault?: CertificateFault;
}

/** A mail connection as a capture shows it. */
export interface CapturedConnection {
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly protocol: ProtocolName;
  /** How TLS starts: as it did, else as is usual on the port. */
  readonly tls: TlsMode;
  readonly portRole: PortRole;
  /** The port is one of the protocol's. */
  readonly isUsualPort: boolean;
  /** What was said, in the form that judges read. */
  readonly record: ConnectionRecord;
  readonly sessions: readonly CapturedTls[];
  readonly losses: readonly Loss[];
  /** The first packets were captured. */
  readonly startSeen: boolean;
  /** `open`: the capture ended first; `limit`: too many connections or bytes at once, so that it was not followed further. */
  readonly end: 'closed' | 'reset' | 'open' | 'limit';
  /** Segments of TCP that overlap say different things. */
  readonly contradicts: boolean;
  /** TLS whose beginning was not captured. */
  readonly tlsUnseen: boolean;
  /** Entries in which the server said something in clear between its go-ahead and TLS. */
  readonly lateReplies: readonly number[];
  /** The upgrade was asked for, and answered so. */
  readonly upgrade: 'not-asked' | 'unanswered' | 'granted' | 'refused';
}
