import type { Offer, ProtocolName, TlsMode } from '../protocols/protocol.js';
import { hostPort } from '../wire/host-port.js';

/** A real server, as the middle seat reaches it. */
export interface RealServer {
  /** Name or address: what its certificate is checked against. */
  readonly host: string;
  /** The address to connect to, where the name was resolved already. */
  readonly address?: string;
  readonly port: number;
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
}

/** What was learnt of a real server on waxseal's own leg to it; about the server, never about the client. */
export interface ServerFacts {
  /** What it offers before TLS; absent for implicit TLS, and where it has no list. */
  readonly outside?: Offer;
  readonly inside: Offer;
  /** `TLSv1.3` */
  readonly tlsVersion: string;
  readonly cipher: string;
  /** The chain verified and the name matched. */
  readonly verified: boolean;
  /** Why it did not, by OpenSSL's or Node's name. */
  readonly verifyError?: string;
  /** Of the certificate: subject and SHA-256 fingerprint, where it could be read. */
  readonly certificate?: {
    readonly subject: string;
    readonly issuer: string;
    readonly notAfter: string;
    readonly fingerprintSha256: string;
  };
}

/** Milliseconds that the middle seat waits for a real server. */
export interface ServerPatience {
  /** To be connected. */
  readonly connect: number;
  readonly handshake: number;
  /** Between two pieces of an answer. */
  readonly answer: number;
}

/** `mail.lab.test:143`, `[::1]:143`. */
export const addressOf = ({ host, port }: Pick<RealServer, 'host' | 'port'>): string => hostPort(host, port);
