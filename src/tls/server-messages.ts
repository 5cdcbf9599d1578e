import { createHash, constants, privateEncrypt, randomBytes, sign, type KeyObject } from 'node:crypto';
import { number, vector } from './byte-writer.js';
import { cipherSuite } from './cipher-suites.js';
import type { ClientHelloFacts } from './client-hello.js';
import { keyShare } from './key-share.js';
import { EXTENSION, VERSION_NUMBERS, type TlsVersion } from './registries.js';

/** Types of handshake messages (RFC 5246 §7.4). */
export const SERVER_HELLO = 2;
export const SERVER_HELLO_DONE = 14;
export const FINISHED = 20;

/** How a server of TLS 1.2 and older gives its half of the key. */
export type KeyExchange =
  | { readonly kind: 'ecdhe'; readonly group: number; readonly point?: Buffer }
  | { readonly kind: 'dhe'; readonly prime: Buffer; readonly value?: Buffer }
  /** A temporary RSA key (export suites). */
  | { readonly kind: 'rsa-export'; readonly modulus: Buffer }
  /** By the key in the certificate: the server says nothing more. */
  | { readonly kind: 'rsa' };

/** A server's flight from ServerHello to ServerHelloDone; what is left out is as an honest server would have it. */
export interface FlightOrder {
  readonly hello: ClientHelloFacts;
  /** DER, leaf first; its key is RSA. */
  readonly certificates: readonly Buffer[];
  readonly key: KeyObject;
  /** The newest of the client's up to TLS 1.2 by default. */
  readonly version?: Exclude<TlsVersion, 'SSLv2' | 'TLSv1.3'>;
  /** The first of the client's that is signed by RSA by default. */
  readonly suite?: number;
  readonly random?: Buffer;
  /** None by default. */
  readonly sessionId?: Buffer;
  /** 0, none, by default. */
  readonly compression?: number;
  /** Besides the usual answers; the same number replaces one of those. */
  readonly extensions?: ReadonlyMap<number, Buffer>;
  /** As the suite says by default. */
  readonly exchange?: KeyExchange;
  /** Neither certificate nor signature. */
  readonly isAnonymous?: boolean;
  /** `broken`: one bit is wrong; a key signs in place of the certificate's. */
  readonly signature?: 'broken' | KeyObject;
}

/** Handshake messages with their headers, not in records yet. */
export interface ServerMessages {
  /** Of the records. */
  readonly version: number;
  readonly hello: Buffer;
  /** Absent from anonymous suites. */
  readonly certificate?: Buffer;
  /** Absent where the certificate's key is used. */
  readonly keyExchange?: Buffer;
  readonly done: Buffer;
}

/** The messages of a flight; undefined where the client offers no suite that an RSA certificate can serve. */
export const serverMessages = (order: FlightOrder): ServerMessages | undefined => {
  const suite = order.suite ?? usableSuite(order.hello);
  const exchange = order.exchange ?? (suite === undefined ? undefined : exchangeOf(suite, order.hello));
  if (suite === undefined || exchange === undefined) return undefined;
  const { isAnonymous = false } = order;
  const version = VERSION_NUMBERS[order.version ?? newestOf(order.hello)];
  const random = order.random ?? serverRandom();
  const keyExchange = exchange.kind === 'rsa' ? undefined : keyExchangeMessage(order, exchange, random, version);
  return {
    version,
    hello: helloMessage({ ...order, suite, random }, version),
    ...(!isAnonymous && { certificate: message(CERTIFICATE, certificateList(order.certificates)) }),
    ...(keyExchange && { keyExchange }),
    done: message(SERVER_HELLO_DONE, Buffer.alloc(0)),
  };
};

/** All messages of a flight, in order. */
export const wholeFlight = ({ hello, certificate, keyExchange, done }: ServerMessages): Buffer =>
  Buffer.concat([hello, ...(certificate ? [certificate] : []), ...(keyExchange ? [keyExchange] : []), done]);

/** A handshake message (RFC 5246 §7.4). */
export const message = (type: number, body: Buffer): Buffer => Buffer.concat([number(1, type), vector(3, body)]);

/** Contents in records of one type, `size` octets each at most. */
export const records = (type: number, version: number, contents: Buffer, size = MOST_IN_RECORD): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(contents.length / size) }, (_, index) =>
      Buffer.concat([
        number(1, type),
        number(2, version),
        vector(2, contents.subarray(index * size, (index + 1) * size)),
      ]),
    ),
  );

/** A HelloRetryRequest that names a group (RFC 8446 §4.1.4). */
export const helloRetryRequest = (hello: ClientHelloFacts, suite: number, group: number): Buffer =>
  helloMessage(
    {
      random: helloRetryRandom,
      sessionId: hello.sessionId,
      suite,
      extensions: new Map([
        [EXTENSION.supportedVersions, number(2, VERSION_NUMBERS['TLSv1.3'])],
        [EXTENSION.keyShare, number(2, group)],
      ]),
    },
    VERSION_NUMBERS['TLSv1.2'],
  );

/** Random octets of a server that are not one of the marks of RFC 8446 §4.1.3. */
export const serverRandom = (ending: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([randomBytes(32 - ending.length), ending]);

/** The newest version that a ClientHello offers besides TLS 1.3; TLS 1.2 where it offers no other. */
export const newestOf = ({ versions }: ClientHelloFacts): NonNullable<FlightOrder['version']> =>
  (['TLSv1.2', 'TLSv1.1', 'TLSv1', 'SSLv3'] as const).find((version) => versions.includes(version)) ?? 'TLSv1.2';

/** The first suite of the client's that an RSA certificate can serve without a known weakness; elliptic curves before anything else. */
export const usableSuite = ({ cipherSuites, groups }: ClientHelloFacts): number | undefined =>
  ['TLS_ECDHE_RSA_WITH_', 'TLS_DHE_RSA_WITH_', 'TLS_RSA_WITH_']
    .filter((kind) => kind !== 'TLS_ECDHE_RSA_WITH_' || USUAL_GROUPS.some((group) => groups.includes(group)))
    .flatMap((kind) => cipherSuites.filter((id) => cipherSuite(id).name.startsWith(kind)))
    .find((id) => STRONG.test(cipherSuite(id).name));

const exchangeOf = (suite: number, { groups }: ClientHelloFacts): KeyExchange | undefined => {
  const { name } = cipherSuite(suite);
  if (/^TLS_(DHE|DH_anon)_/.test(name)) return { kind: 'dhe', prime: MODP_2048 };
  if (name.startsWith('TLS_RSA_')) return { kind: 'rsa' };
  return { kind: 'ecdhe', group: USUAL_GROUPS.find((group) => groups.includes(group)) ?? SECP256R1 };
};

interface HelloParts {
  readonly random: Buffer;
  readonly suite: number;
  readonly sessionId?: Buffer;
  readonly compression?: number;
  readonly extensions?: ReadonlyMap<number, Buffer>;
  /** Answered; absent where nothing of the client's is. */
  readonly hello?: ClientHelloFacts;
}

const helloMessage = (parts: HelloParts, version: number): Buffer => {
  const { random, suite, sessionId = Buffer.alloc(0), compression = 0, hello } = parts;
  const extensions = new Map([...(hello === undefined ? [] : usualExtensions(hello)), ...(parts.extensions ?? [])]);
  const block = Buffer.concat(
    [...extensions].map(([type, contents]) => Buffer.concat([number(2, type), vector(2, contents)])),
  );
  return message(
    SERVER_HELLO,
    Buffer.concat([
      number(2, version),
      random,
      vector(1, sessionId),
      number(2, suite),
      number(1, compression),
      ...(block.length === 0 ? [] : [vector(2, block)]),
    ]),
  );
};

/** What a client without these would miss: secure renegotiation (RFC 5746) and the form of points (RFC 8422). */
const usualExtensions = ({ extensions, cipherSuites }: ClientHelloFacts): [number, Buffer][] => [
  ...(extensions.includes(EXTENSION.renegotiationInfo) || cipherSuites.includes(EMPTY_RENEGOTIATION_INFO)
    ? ([[EXTENSION.renegotiationInfo, Buffer.from([0])]] as [number, Buffer][])
    : []),
  ...(extensions.includes(EXTENSION.ecPointFormats)
    ? ([[EXTENSION.ecPointFormats, Buffer.from([1, 0])]] as [number, Buffer][])
    : []),
];

const certificateList = (certificates: readonly Buffer[]): Buffer =>
  vector(3, Buffer.concat(certificates.map((each) => vector(3, each))));

const keyExchangeMessage = (
  order: FlightOrder,
  exchange: Exclude<KeyExchange, { kind: 'rsa' }>,
  random: Buffer,
  version: number,
): Buffer => {
  const parameters = parametersOf(exchange);
  const signed = Buffer.concat([order.hello.random, random, parameters]);
  return message(
    SERVER_KEY_EXCHANGE,
    order.isAnonymous === true ? parameters : Buffer.concat([parameters, signatureOf(order, signed, version)]),
  );
};

const parametersOf = (exchange: Exclude<KeyExchange, { kind: 'rsa' }>): Buffer => {
  switch (exchange.kind) {
    case 'ecdhe':
      return Buffer.concat([
        Buffer.from([NAMED_CURVE]),
        number(2, exchange.group),
        vector(1, exchange.point ?? keyShare(exchange.group)),
      ]);
    case 'dhe':
      return Buffer.concat([
        vector(2, exchange.prime),
        vector(2, GENERATOR),
        vector(2, exchange.value ?? publicValue(exchange.prime)),
      ]);
    case 'rsa-export':
      return Buffer.concat([vector(2, exchange.modulus), vector(2, Buffer.from([1, 0, 1]))]);
  }
};

const signatureOf = ({ hello, key, signature }: FlightOrder, signed: Buffer, version: number): Buffer => {
  const signer = signature === undefined || signature === 'broken' ? key : signature;
  const scheme = hello.signatureAlgorithms.find((each) => each === RSA_PKCS1_SHA256 || each === RSA_PSS_SHA256);
  const isNew = version >= VERSION_NUMBERS['TLSv1.2'];
  const made = !isNew
    ? privateEncrypt({ key: signer, padding: constants.RSA_PKCS1_PADDING }, md5AndSha1(signed))
    : sign('sha256', signed, {
        key: signer,
        ...(scheme === RSA_PSS_SHA256 && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
      });
  if (signature === 'broken') made[made.length - 1] = (made.at(-1) ?? 0) ^ 1;
  return Buffer.concat([...(isNew ? [number(2, scheme ?? RSA_PKCS1_SHA256)] : []), vector(2, made)]);
};

const md5AndSha1 = (bytes: Buffer): Buffer =>
  Buffer.concat(['md5', 'sha1'].map((hash) => createHash(hash).update(bytes).digest()));

/** 2 to the power of a secret, modulo the prime. */
const publicValue = (prime: Buffer): Buffer => {
  const modulus = BigInt(`0x${prime.toString('hex')}`);
  let [result, base, exponent] = [1n, 2n, BigInt(`0x${randomBytes(32).toString('hex')}`)];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % modulus;
    base = (base * base) % modulus;
  }
  return Buffer.from(result.toString(16).padStart(prime.length * 2, '0'), 'hex');
};

/** The prime of RFC 3526's group 14. */
export const MODP_2048: Buffer = Buffer.from(
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
    'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed' +
    'ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f' +
    '83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b' +
    'e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510' +
    '15728e5a8aacaa68ffffffffffffffff',
  'hex',
);

/** SHA-256 of “HelloRetryRequest”, by which one is told from a ServerHello (RFC 8446 §4.1.3). */
export const helloRetryRandom: Buffer = createHash('sha256').update('HelloRetryRequest').digest();
const STRONG = /_WITH_(AES|CHACHA20)/;
const USUAL_GROUPS = [29, 23, 24, 25];
const SECP256R1 = 23;
const NAMED_CURVE = 3;
const GENERATOR = Buffer.from([2]);
const RSA_PKCS1_SHA256 = 0x0401;
const RSA_PSS_SHA256 = 0x0804;
const EMPTY_RENEGOTIATION_INFO = 0x00ff;
const MOST_IN_RECORD = 2 ** 14;
const CERTIFICATE = 11;
const SERVER_KEY_EXCHANGE = 12;
