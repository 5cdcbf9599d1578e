import { ByteReader } from './byte-reader.js';
import { cipherSuite } from './cipher-suites.js';
import { EXTENSION, versionName } from './registries.js';
import { helloRetryRandom } from './server-messages.js';
import type { Flight, MessageReader, ServerKeyExchange } from './server-answer.js';

/** Reads a ServerHello or HelloRetryRequest; undefined when malformed. */
export const serverHello = (body: Buffer): Flight | undefined => {
  const reader = new ByteReader(body);
  const legacyVersion = reader.number(2);
  const random = reader.take(32);
  // Copied: it outlives the records that it came in.
  const sessionId = Buffer.from(reader.vector(1));
  const suite = reader.number(2);
  const compression = reader.number(1);
  if (reader.failed) return undefined;
  const block = reader.remaining > 0 ? reader.within(2) : reader;
  const extensions = new Map<number, Buffer>();
  while (block.remaining > 0) {
    const type = block.number(2);
    extensions.set(type, block.vector(2));
  }
  if (block.failed) return undefined;

  const field = (type: number): number | undefined => {
    const contents = extensions.get(type);
    return contents !== undefined && contents.length >= 2 ? contents.readUInt16BE(0) : undefined;
  };
  const version = field(EXTENSION.supportedVersions) ?? legacyVersion;
  const group = field(EXTENSION.keyShare);
  const isRetry = random.equals(helloRetryRandom);
  const protocols = extensions.get(EXTENSION.alpn);
  const cookie = extensions.get(EXTENSION.cookie);
  return {
    kind: 'server-hello',
    version: versionName(version),
    cipherSuite: suite,
    sessionId,
    compression,
    ...(group === undefined ? {} : isRetry ? { helloRetryRequest: group } : { keyShare: group }),
    ...(isRetry && cookie !== undefined && { cookie }),
    ...(protocols === undefined ? {} : { alpn: new ByteReader(protocols).within(2).vector(1).toString('latin1') }),
    extendedMasterSecret: extensions.has(EXTENSION.extendedMasterSecret),
    secureRenegotiation: extensions.has(EXTENSION.renegotiationInfo),
    encryptThenMac: extensions.has(EXTENSION.encryptThenMac),
    heartbeat: extensions.has(EXTENSION.heartbeat),
    extensions: [...extensions.keys()],
    hasStapledOcsp: false,
    requestsClientCertificate: false,
    complete: version === TLS13,
    warnings: [],
  };
};

/** Readers of the messages between ServerHello and ServerHelloDone (TLS 1.2 and older), by type; others are passed over. */
export const FLIGHT_MESSAGES: ReadonlyMap<number, MessageReader> = new Map<number, MessageReader>([
  [
    11,
    (body, flight) => {
      const list = body.within(3);
      const certificates: Buffer[] = [];
      while (list.remaining > 0) {
        const certificate = list.vector(3);
        if (!list.failed) certificates.push(certificate);
      }
      flight.certificates = certificates;
      return !list.failed;
    },
  ],
  [
    12,
    (body, flight) => {
      const exchange = keyExchange(body, flight);
      if (exchange !== undefined) flight.serverKeyExchange = exchange;
      return !body.failed;
    },
  ],
  [
    13,
    (_, flight) => {
      flight.requestsClientCertificate = true;
      return true;
    },
  ],
  [
    14,
    (_, flight) => {
      flight.complete = true;
      return true;
    },
  ],
  [
    22,
    (_, flight) => {
      flight.hasStapledOcsp = true;
      return true;
    },
  ],
]);

/** RFC 8422 §5.4 (curves), RFC 5246 §7.4.3 (finite fields), RFC 2246 §7.4.3 (export RSA); undefined for other exchanges. */
const keyExchange = (body: ByteReader, flight: Flight): ServerKeyExchange | undefined => {
  const { name } = cipherSuite(flight.cipherSuite);
  if (/PSK|SRP|KRB5|ECCPWD/.test(name)) return undefined;
  if (/^TLS_ECDHE?_/.test(name)) {
    const isNamed = body.number(1) === NAMED_CURVE;
    const group = body.number(2);
    const publicValue = body.vector(1);
    return isNamed && !body.failed ? { group, publicValue, ...signature(body, flight) } : undefined;
  }
  const modulus = body.vector(2);
  body.vector(2);
  if (name.startsWith('TLS_RSA_'))
    return body.failed ? undefined : { rsaBits: bitLength(modulus), ...signature(body, flight) };
  const publicValue = body.vector(2);
  return body.failed
    ? undefined
    : { dhBits: bitLength(modulus), dhPrime: modulus, publicValue, ...signature(body, flight) };
};

const signature = (body: ByteReader, flight: Flight): { signatureAlgorithm?: number } => {
  if (flight.version !== 'TLSv1.2' || body.remaining < 2) return {};
  return { signatureAlgorithm: body.number(2) };
};

const bitLength = (number: Buffer): number => {
  const first = number.findIndex((octet) => octet !== 0);
  return first < 0 ? 0 : (number.length - first) * 8 - Math.clz32(number[first] ?? 0) + 24;
};

const TLS13 = 0x0304;
const NAMED_CURVE = 3;
