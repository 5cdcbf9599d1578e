import type { ByteReader } from './byte-reader.js';

/** The key exchange that a server of TLS 1.2 or older signed. */
export interface ServerKeyExchange {
  /** Number of the named group (ECDHE). */
  readonly group?: number;
  /** Size of the prime (DHE), in bits. */
  readonly dhBits?: number;
  /** The server's half of the key: a point, or a number. */
  readonly publicValue?: Buffer;
  /** The prime itself, big-endian, to recognise widely shared ones. */
  readonly dhPrime?: Buffer;
  /** Size of a temporary RSA key (export suites), in bits. */
  readonly rsaBits?: number;
  /** Signature scheme; absent below TLS 1.2 and for anonymous suites. */
  readonly signatureAlgorithm?: number;
}

/** What the server's first flight says. Numbers are those of the IANA registries. */
export interface ServerHelloAnswer {
  readonly kind: 'server-hello';
  /** Name of the negotiated version. */
  readonly version: string;
  readonly cipherSuite: number;
  readonly sessionId: Buffer;
  readonly compression: number;
  /** Group that a HelloRetryRequest asks for. */
  readonly helloRetryRequest?: number;
  /** What a HelloRetryRequest wants to be told again. */
  readonly cookie?: Buffer;
  /** Group of the server's key share (TLS 1.3). */
  readonly keyShare?: number;
  readonly alpn?: string;
  readonly extendedMasterSecret: boolean;
  readonly secureRenegotiation: boolean;
  readonly encryptThenMac: boolean;
  readonly heartbeat: boolean;
  /** Extension numbers in order. */
  readonly extensions: readonly number[];
  /** DER certificates as sent, leaf first by the rules (TLS 1.2 and older; 1.3 encrypts them). */
  readonly certificates?: readonly Buffer[];
  readonly hasStapledOcsp: boolean;
  readonly serverKeyExchange?: ServerKeyExchange;
  readonly requestsClientCertificate: boolean;
  /** The version counts as accepted: ServerHelloDone was seen, or with TLS 1.3 the ServerHello. */
  readonly complete: boolean;
  /** Names of warning alerts on the way. */
  readonly warnings: readonly string[];
}

/** What a server answered to a raw ClientHello. */
export type ServerAnswer =
  | ServerHelloAnswer
  | { readonly kind: 'alert'; readonly level: number; readonly description: number; readonly name: string }
  /** An SSLv2 server: its certificate and cipher kinds, or the number of its error. */
  | {
      readonly kind: 'sslv2';
      readonly cipherKinds: readonly number[];
      readonly certificate?: Buffer;
      readonly error?: number;
    }
  /** Something else, of which at most 512 bytes are kept. */
  | { readonly kind: 'not-tls'; readonly bytes: Buffer }
  /** The connection ended before anything complete was said. */
  | { readonly kind: 'closed' };

/** Facts of the flight so far; each handshake message adds its own. */
export type Flight = { -readonly [Key in keyof ServerHelloAnswer]: ServerHelloAnswer[Key] };

/** Reads the body of a handshake message into the flight's facts; false when it is malformed. */
export type MessageReader = (body: ByteReader, flight: Flight) => boolean;
