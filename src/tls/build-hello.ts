import { number, numbers, vector } from './byte-writer.js';
import { cipherSuite, cipherSuitesOf } from './cipher-suites.js';
import { EXTENSION, VERSION_NUMBERS, type TlsVersion } from './registries.js';
import { keyShare } from './key-share.js';
import { randomBytes } from 'node:crypto';

/** A ClientHello to build. What is left out gets what a careful client of that version would send. */
export interface HelloOrder {
  /** At least one. The newest decides about the form; with TLSv1.3 all are listed in supported_versions. */
  readonly versions: readonly TlsVersion[];
  /** Suite numbers in order; for SSLv2 three-octet kinds. */
  readonly cipherSuites?: readonly number[];
  readonly groups?: readonly number[];
  /** TLSv1.3 only: groups to send a key share for. An empty list makes the server name its group in a HelloRetryRequest. */
  readonly keyShares?: readonly number[];
  readonly signatureAlgorithms?: readonly number[];
  readonly servername?: string;
  readonly alpn?: readonly string[];
  /** Sprinkle GREASE values (RFC 8701), to find servers that choke on the unknown. */
  readonly grease?: boolean;
  /** Adds TLS_FALLBACK_SCSV (RFC 7507). */
  readonly fallback?: boolean;
  /** Compression methods in order; none but the null one (0) by default. */
  readonly compression?: readonly number[];
  /** Octets that the message is padded to (RFC 7685), its header and record included. */
  readonly size?: number;
  /** Octets of the message in each record; as many as go by default. */
  readonly fragment?: number;
  /** What a second hello repeats from the first (RFC 8446 §4.1.2); fresh by default. */
  readonly random?: Buffer;
  readonly sessionId?: Buffer;
  /** Further extensions as they are, by number. */
  readonly extraExtensions?: ReadonlyMap<number, Buffer>;
}

/** Builds a ClientHello in its record (or SSLv2 form), ready to be written. Each has a fresh random. */
export const buildClientHello = (order: HelloOrder): Buffer => {
  const { size, ...unpadded } = order;
  if (size !== undefined) return padded(unpadded, size);
  const newest = [...order.versions].sort((a, b) => VERSION_NUMBERS[b] - VERSION_NUMBERS[a])[0] ?? 'TLSv1.2';
  if (newest === 'SSLv2') return sslv2Hello(order.cipherSuites ?? SSLV2_KINDS);
  const suites = [
    ...(order.grease ? [GREASE_SUITE] : []),
    ...(order.cipherSuites ?? usualCipherSuites(order.versions)),
    // RFC 5746 §3.3: the way to say it where extensions cannot be.
    ...(newest === 'SSLv3' ? [EMPTY_RENEGOTIATION_INFO] : []),
    ...(order.fallback ? [FALLBACK] : []),
  ];
  const body = Buffer.concat([
    number(2, Math.min(VERSION_NUMBERS[newest], VERSION_NUMBERS['TLSv1.2'])),
    order.random ?? randomBytes(32),
    // RFC 8446 §D.4: middleboxes let a hello with a session id pass.
    vector(1, order.sessionId ?? (newest === 'TLSv1.3' ? randomBytes(32) : Buffer.alloc(0))),
    vector(2, numbers(2, suites)),
    vector(1, Buffer.from(order.compression ?? [0])),
    newest === 'SSLv3' ? Buffer.alloc(0) : vector(2, extensions(order, newest, suites)),
  ]);
  const message = Buffer.concat([Buffer.from([1]), vector(3, body)]);
  const recordVersion = newest === 'SSLv3' ? VERSION_NUMBERS.SSLv3 : VERSION_NUMBERS.TLSv1;
  return Buffer.concat(
    slices(message, order.fragment ?? MAX_FRAGMENT).map((fragment) =>
      Buffer.concat([Buffer.from([22]), number(2, recordVersion), vector(2, fragment)]),
    ),
  );
};

/** The padding is an extension of its own, whose header has four octets; a hello that is long enough stays as it is. */
const padded = (order: HelloOrder, size: number): Buffer => {
  const missing = size - buildClientHello(order).length;
  const extraExtensions = new Map([
    ...(order.extraExtensions ?? []),
    [PADDING, Buffer.alloc(Math.max(0, missing - 4))],
  ]);
  return missing <= 0 ? buildClientHello(order) : buildClientHello({ ...order, extraExtensions });
};

/** Suites that a tolerant client offers for these versions, strongest first: no NULL, anonymous, export, PSK, SRP, Kerberos. */
export const usualCipherSuites = (versions: readonly TlsVersion[]): number[] => {
  const modern = versions.includes('TLSv1.3') ? [0x1301, 0x1302, 0x1303] : [];
  if (!versions.some((version) => version !== 'TLSv1.3')) return modern;
  const withAead = versions.includes('TLSv1.2');
  return [...modern, ...CLASSIC.filter((id) => withAead || !NEEDS_TLS12.test(cipherSuite(id).name))];
};

const extensions = (order: HelloOrder, newest: TlsVersion, suites: readonly number[]): Buffer => {
  const { servername, alpn = [], groups = USUAL_GROUPS, keyShares = [29, 23], grease = false } = order;
  const greased = (list: readonly number[], value: number): readonly number[] => (grease ? [value, ...list] : list);
  const hasEllipticCurves =
    suites.some((id) => /_EC|^TLS_AES|^TLS_CHACHA/.test(cipherSuite(id).name)) || newest === 'TLSv1.3';
  const list: [number, Buffer][] = [];
  if (grease) list.push([GREASE_EXTENSION, Buffer.alloc(0)]);
  if (servername !== undefined) {
    list.push([
      EXTENSION.serverName,
      vector(2, Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(servername, 'latin1'))])),
    ]);
  }
  list.push(
    [EXTENSION.extendedMasterSecret, Buffer.alloc(0)],
    [EXTENSION.renegotiationInfo, vector(1, Buffer.alloc(0))],
  );
  if (hasEllipticCurves) {
    list.push(
      [EXTENSION.supportedGroups, vector(2, numbers(2, greased(groups, GREASE_GROUP)))],
      [EXTENSION.ecPointFormats, vector(1, Buffer.from([0]))],
    );
  }
  if (VERSION_NUMBERS[newest] >= VERSION_NUMBERS['TLSv1.2']) {
    list.push([EXTENSION.signatureAlgorithms, vector(2, numbers(2, order.signatureAlgorithms ?? USUAL_SIGNATURES))]);
  }
  if (alpn.length > 0) {
    list.push([EXTENSION.alpn, vector(2, Buffer.concat(alpn.map((id) => vector(1, Buffer.from(id, 'latin1')))))]);
  }
  if (newest === 'TLSv1.3') {
    const versions = order.versions.map((version) => VERSION_NUMBERS[version]).sort((a, b) => b - a);
    const shares = keyShares.map((group) => Buffer.concat([number(2, group), vector(2, keyShare(group))]));
    const greaseShare =
      grease && keyShares.length > 0 ? [Buffer.concat([number(2, GREASE_GROUP), vector(2, Buffer.alloc(1))])] : [];
    list.push(
      [EXTENSION.supportedVersions, vector(1, numbers(2, greased(versions, GREASE_VERSION)))],
      [EXTENSION.pskKeyExchangeModes, vector(1, Buffer.from([1]))],
      [EXTENSION.keyShare, vector(2, Buffer.concat([...greaseShare, ...shares]))],
    );
  }
  list.push(...(order.extraExtensions ?? []));
  return Buffer.concat(list.map(([type, contents]) => Buffer.concat([number(2, type), vector(2, contents)])));
};

const sslv2Hello = (kinds: readonly number[]): Buffer => {
  const challenge = randomBytes(16);
  const body = Buffer.concat([
    Buffer.from([1]),
    number(2, VERSION_NUMBERS.SSLv2),
    number(2, kinds.length * 3),
    number(2, 0),
    number(2, challenge.length),
    numbers(3, kinds),
    challenge,
  ]);
  return Buffer.concat([number(2, 0x8000 | body.length), body]);
};

const slices = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );

const MAX_FRAGMENT = 2 ** 14;
const PADDING = 21;
const EMPTY_RENEGOTIATION_INFO = 0x00ff;
const FALLBACK = 0x5600;
const GREASE_SUITE = 0x1a1a;
const GREASE_GROUP = 0x2a2a;
const GREASE_EXTENSION = 0x3a3a;
const GREASE_VERSION = 0x4a4a;

// RC4-MD5, RC4-EXPORT40, RC2, RC2-EXPORT40, IDEA, DES, 3DES (the only ones that SSLv2 ever had).
const SSLV2_KINDS = [0x010080, 0x020080, 0x030080, 0x040080, 0x050080, 0x060040, 0x0700c0];
const USUAL_GROUPS = [29, 23, 24, 25, 30, 256, 257, 258];
const USUAL_SIGNATURES = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601,
  0x0203, 0x0201,
];
const NEEDS_TLS12 = /_(GCM|CCM|POLY1305)|_SHA(256|384)$/;
// As careful clients list them: ECDHE before DHE before RSA key transport, and AEAD before CBC.
const CLASSIC = ['TLS_ECDHE_', 'TLS_DHE_', 'TLS_RSA_'].flatMap((exchange) =>
  (['aead', 'cbc', 'rc4'] as const).flatMap((mode) =>
    cipherSuitesOf(mode).filter((id) => {
      const { name } = cipherSuite(id);
      return (
        name.startsWith(exchange) &&
        /_WITH_(AES|CHACHA20|CAMELLIA|3DES|RC4)/.test(name) &&
        !/anon|EXPORT|PSK|DSS|SRP|FIPS|OLD|CCM|PWD/.test(name)
      );
    }),
  ),
);
