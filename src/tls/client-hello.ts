import { ByteReader } from './byte-reader.js';
import { EXTENSION, versionName } from './registries.js';

/** What a client says in its first flight. Numbers are those of the IANA registries, in the client's order, GREASE included. */
export interface ClientHelloFacts {
  /** Version of the first record; 2 for a hello in SSLv2 form. */
  readonly recordVersion: number;
  readonly legacyVersion: number;
  /** 32 octets; the challenge of a hello in SSLv2 form. */
  readonly random: Buffer;
  readonly sessionId: Buffer;
  /** Names of the versions in supported_versions, else the legacy version alone. */
  readonly versions: readonly string[];
  /** Host name of the server_name extension; peer text. */
  readonly servername?: string;
  /** Offered ALPN ids; peer text. */
  readonly alpn: readonly string[];
  /** Suites; three-octet kinds in SSLv2 form. */
  readonly cipherSuites: readonly number[];
  readonly groups: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  /** Groups of the key shares. */
  readonly keyShares: readonly number[];
  readonly hasSessionTicket: boolean;
  readonly hasPreSharedKey: boolean;
  readonly offersEarlyData: boolean;
  /** Extension numbers in order. */
  readonly extensions: readonly number[];
  /** Records that it came in. */
  readonly records: number;
}

/**
 * Reads the ClientHello at the start of `bytes`, in TLS records or in SSLv2 form.
 * `incomplete`: what is there is a good beginning. A hello above 128 KiB or in more than 1024 records is `not-tls`.
 */
export const parseClientHello = (bytes: Buffer): ClientHelloFacts | 'incomplete' | 'not-tls' => {
  const first = bytes[0];
  if (first === undefined) return 'incomplete';
  if (first !== HANDSHAKE_RECORD) return parseSslv2Hello(bytes);
  const message = assembledHello(bytes);
  if (typeof message === 'string') return message;
  return factsOf(bytes.readUInt16BE(1), message.body, message.records) ?? 'not-tls';
};

/** The body of the handshake message, once all records of it are there. Record headers are walked, payloads copied once. */
const assembledHello = (
  bytes: Buffer,
): { readonly body: Buffer; readonly records: number } | 'incomplete' | 'not-tls' => {
  const fragments: Buffer[] = [];
  let wanted = HANDSHAKE_HEADER;
  let had = 0;
  for (let offset = 0; had < wanted;) {
    const header = bytes.subarray(offset, offset + RECORD_HEADER);
    if (!isHandshakeHeader(header) || fragments.length === MAX_RECORDS) return 'not-tls';
    if (header.length < RECORD_HEADER) return 'incomplete';
    const length = header.readUInt16BE(3);
    const fragment = bytes.subarray(offset + RECORD_HEADER, offset + RECORD_HEADER + length);
    fragments.push(fragment);
    had += fragment.length;
    if (wanted === HANDSHAKE_HEADER && had > 0) {
      const start = Buffer.concat(fragments, Math.min(had, HANDSHAKE_HEADER));
      if (start[0] !== CLIENT_HELLO) return 'not-tls';
      if (start.length === HANDSHAKE_HEADER) wanted += start.readUIntBE(1, 3);
      if (wanted > MAX_HELLO) return 'not-tls';
    }
    if (fragment.length < length && had < wanted) return 'incomplete';
    offset += RECORD_HEADER + length;
  }
  return { body: Buffer.concat(fragments, wanted).subarray(HANDSHAKE_HEADER), records: fragments.length };
};

/** Whether a record header, or the beginning of one, is that of a handshake record of a sensible length. */
const isHandshakeHeader = (header: Buffer): boolean => {
  const [type = HANDSHAKE_RECORD, major = 3, minor = 0, high = 0, low = 1] = header;
  const length = high * 256 + low;
  return type === HANDSHAKE_RECORD && major === 3 && minor <= 4 && length > 0 && length <= MAX_RECORD;
};

const factsOf = (recordVersion: number, body: Buffer, records: number): ClientHelloFacts | undefined => {
  const reader = new ByteReader(body);
  const legacyVersion = reader.number(2);
  const random = reader.take(32);
  const sessionId = reader.vector(1);
  const suites = reader.within(2);
  const cipherSuites = suites.numbers(2);
  reader.vector(1);
  if (reader.failed || suites.failed) return undefined;
  const extensions = reader.remaining === 0 ? new Map<number, Buffer>() : extensionsOf(reader.within(2));
  if (extensions === undefined) return undefined;

  const list = (number: number, octets: 1 | 2): number[] =>
    new ByteReader(extensions.get(number) ?? EMPTY_VECTOR).within(octets).numbers(2);
  const versions = list(EXTENSION.supportedVersions, 1);
  const servername = servernameIn(extensions.get(EXTENSION.serverName));
  return {
    recordVersion,
    legacyVersion,
    random,
    sessionId,
    versions: (versions.length > 0 ? versions : [legacyVersion]).map(versionName),
    ...(servername === undefined ? {} : { servername }),
    alpn: alpnIn(extensions.get(EXTENSION.alpn)),
    cipherSuites,
    groups: list(EXTENSION.supportedGroups, 2),
    signatureAlgorithms: list(EXTENSION.signatureAlgorithms, 2),
    keyShares: keySharesIn(extensions.get(EXTENSION.keyShare)),
    hasSessionTicket: (extensions.get(EXTENSION.sessionTicket)?.length ?? 0) > 0,
    hasPreSharedKey: extensions.has(EXTENSION.preSharedKey),
    offersEarlyData: extensions.has(EXTENSION.earlyData),
    extensions: [...extensions.keys()],
    records,
  };
};

const extensionsOf = (reader: ByteReader): Map<number, Buffer> | undefined => {
  const found = new Map<number, Buffer>();
  while (reader.remaining > 0) {
    const number = reader.number(2);
    const contents = reader.vector(2);
    if (!found.has(number)) found.set(number, contents);
  }
  return reader.failed ? undefined : found;
};

const servernameIn = (contents: Buffer | undefined): string | undefined => {
  const names = new ByteReader(contents ?? EMPTY_VECTOR).within(2);
  while (names.remaining > 0) {
    const type = names.number(1);
    const name = names.vector(2);
    if (type === 0 && !names.failed) return name.toString('latin1');
  }
  return undefined;
};

const alpnIn = (contents: Buffer | undefined): string[] => {
  const reader = new ByteReader(contents ?? EMPTY_VECTOR).within(2);
  const ids: string[] = [];
  while (reader.remaining > 0) {
    const id = reader.vector(1);
    if (!reader.failed) ids.push(id.toString('latin1'));
  }
  return ids;
};

const keySharesIn = (contents: Buffer | undefined): number[] => {
  const reader = new ByteReader(contents ?? EMPTY_VECTOR).within(2);
  const groups: number[] = [];
  while (reader.remaining > 0) {
    const group = reader.number(2);
    reader.vector(2);
    if (!reader.failed) groups.push(group);
  }
  return groups;
};

const parseSslv2Hello = (bytes: Buffer): ClientHelloFacts | 'incomplete' | 'not-tls' => {
  const likeness = sslv2Likeness(bytes);
  if (likeness !== 'yes') return likeness === 'maybe' ? 'incomplete' : 'not-tls';
  const record = new ByteReader(bytes);
  record.take(3);
  const version = record.number(2);
  const kinds = record.number(2);
  const session = record.number(2);
  const challenge = record.number(2);
  const cipherSuites = new ByteReader(record.take(kinds)).numbers(3);
  const sessionId = record.take(session);
  const random = record.take(challenge);
  if (record.failed || bytes.length < (bytes.readUInt16BE(0) & 0x7fff) + 2) return 'incomplete';
  return {
    recordVersion: 2,
    legacyVersion: version,
    random,
    sessionId,
    versions: [versionName(version)],
    alpn: [],
    cipherSuites,
    groups: [],
    signatureAlgorithms: [],
    keyShares: [],
    hasSessionTicket: false,
    hasPreSharedKey: false,
    offersEarlyData: false,
    extensions: [],
    records: 1,
  };
};

/** Whether `bytes` begin with a CLIENT-HELLO in SSLv2 form (RFC 6101 appendix E): its three lengths must add up. */
export const sslv2Likeness = (bytes: Buffer): 'yes' | 'maybe' | 'no' => {
  const [high = 0x80, , type = 1, major = 0, minor = 2] = bytes;
  const isVersion = (major === 0 && (minor === 2 || bytes.length < 5)) || (major === 3 && minor <= 4);
  if (high < 0x80 || type !== 1 || !isVersion) return 'no';
  if (bytes.length < SSLV2_HEADER) return 'maybe';
  const length = bytes.readUInt16BE(0) & 0x7fff;
  const kinds = bytes.readUInt16BE(5);
  const session = bytes.readUInt16BE(7);
  const challenge = bytes.readUInt16BE(9);
  const addsUp =
    kinds > 0 &&
    kinds % 3 === 0 &&
    (session === 0 || session === 16) &&
    challenge >= 16 &&
    challenge <= 32 &&
    length === SSLV2_HEADER - 2 + kinds + session + challenge;
  return addsUp ? 'yes' : 'no';
};

const EMPTY_VECTOR = Buffer.alloc(2);
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const HANDSHAKE_HEADER = 4;
const SSLV2_HEADER = 11;
const MAX_RECORD = 2 ** 14 + 2048;
const MAX_RECORDS = 1024;
const MAX_HELLO = 2 ** 17;
