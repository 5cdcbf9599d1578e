import type { Account, OutgoingMessage, Protocol, TlsMode } from '../protocols/protocol.js';

/** What a toy wants on one connection. */
export interface ConnectionTask {
  readonly protocol: Protocol;
  /** `in-clear` is a client that does without TLS. */
  readonly tls: TlsMode | 'in-clear';
  /** Offers TLS 1.1 at most. */
  readonly isOld?: true;
  /** 1 for the first connection that the toy makes of its own accord. */
  readonly ordinal: number;
  /** The name or address that the certificate must carry. */
  readonly servername: string;
  /** PEM of what it trusts. */
  readonly ca: string;
  /** Absent where the server takes mail without login (SMTP relay). */
  readonly account?: Account;
  readonly message: OutgoingMessage;
  /** What its user sees. */
  readonly show: (text: string) => void;
}
