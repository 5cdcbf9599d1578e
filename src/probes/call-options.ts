import type { Protocol } from '../protocols/protocol.js';
import type { Listener } from './listener.js';
import type { Route } from './route.js';
import type { ClientCertificate, OfferedSuites } from './tolerant-context.js';

/** Milliseconds. */
export interface Patience {
  readonly connect: number;
  /** Postscreen and its like keep a stranger waiting for some seconds. */
  readonly greeting: number;
  readonly reply: number;
  readonly handshake: number;
  /** After this a server that says nothing is asked for TLS, while its greeting is still waited for. */
  readonly hint: number;
  /** How long to wait after a server said that it is busy, before it is asked once more. */
  readonly backOff: number;
  /** How long to look for words that should not come. */
  readonly quiet: number;
}

export interface DialOptions {
  readonly listener: Listener;
  readonly protocol: Protocol;
  readonly patience: Patience;
  /** Name to ask for in TLS, and to compare with. */
  readonly servername: string;
  /** How the connection reaches the server; directly unless given. */
  readonly route?: Route;
  /** What is shown to a server that asks for a certificate; nothing unless given. */
  readonly clientCertificate?: ClientCertificate;
  /** The protocol to offer by ALPN (RFC 7301), where the server wants one. */
  readonly alpn?: () => string | undefined;
  /** What is offered in TLS where a probe says nothing else: a server may refuse what careful clients offer. */
  readonly offer?: () => SecureOptions;
  /** Whether it is known that nothing is answered inside TLS. */
  readonly isSilentInside?: () => boolean;
  /** Called when the server first says something. */
  readonly onHeard?: () => void;
  /** Where `Call.turn` leads the connection; it cannot be turned unless given. */
  readonly turnsTo?: Listener;
  /** Called before the connection to `turnsTo` is made. */
  readonly onTurn?: () => Promise<void>;
  /** Whether a client that asked for this name may trust the chain, for the record; nothing is trusted unless given. */
  readonly trusts?: (chain: readonly Buffer[], servername: string) => boolean;
}

/** How a raw ClientHello is sent. */
export interface HelloManner {
  /** As it comes where it is longer than a segment: the server sees a part of it first. */
  readonly isInTwoSegments?: boolean;
  /** It answers a HelloRetryRequest. */
  readonly isSecond?: boolean;
  /** Milliseconds for the answer; the connection's patience with handshakes unless given. */
  readonly timeout?: number;
}

export interface SecureOptions {
  /** Newest version to offer; TLS 1.3 unless given. */
  readonly newest?: 'TLSv1.2' | 'TLSv1.3';
  /** Name to ask for and to compare with; the connection's unless given. */
  readonly servername?: string;
  /** Suites to offer up to TLS 1.2; `careful` unless given. */
  readonly suites?: OfferedSuites;
  /** Protocol to offer by ALPN; the connection's unless given. */
  readonly alpn?: string;
  /** No name is asked for. */
  readonly nameless?: true;
  /** Schemes that the server may sign with, in OpenSSL's form; all unless given. */
  readonly signatures?: string;
  /** A session of an earlier connection to be resumed. */
  readonly session?: Buffer;
  /** Told of every session that can be resumed. */
  readonly onSession?: (session: Buffer) => void;
  /** Milliseconds for the handshake; the connection's patience unless given. */
  readonly timeout?: number;
}
