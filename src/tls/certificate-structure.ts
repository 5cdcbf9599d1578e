import { dotted, elements, TAG, type DerElement } from './der.js';
import { nameConstraintsOf, type NameConstraints } from './name-constraints.js';

/** What Node's `X509Certificate` does not tell, read from the DER. Text is the peer's. */
export interface CertificateStructure {
  /** DER encodings of the names, to be compared octet by octet. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly commonNames: readonly string[];
  readonly dnsNames: readonly string[];
  /** IP addresses in text form; those of a wrong length in hexadecimal. */
  readonly ipAddresses: readonly string[];
  /** `rsa-sha256` and the like; the dotted OID of algorithms without a name here. */
  readonly signatureAlgorithm: string;
  /** basicConstraints; undefined when the extension is missing. */
  readonly isCa: boolean | undefined;
  readonly pathLength: number | undefined;
  /** Its key usage, if restricted at all, includes signing certificates. */
  readonly mayCertify: boolean;
  /** TLS feature status_request (RFC 7633): the server must staple. */
  readonly mustStaple: boolean;
  readonly hasTransparencyProofs: boolean;
  /** Key identifiers (RFC 5280 §4.2.1.1 and §4.2.1.2): its issuer's key and its own; undefined where it has none. */
  readonly issuerKeyId: Buffer | undefined;
  readonly keyId: Buffer | undefined;
  /** Extended key usages, dotted; undefined when the extension is missing. */
  readonly purposes: readonly string[] | undefined;
  /** 1 to 3. */
  readonly version: number;
  /** The contents of the INTEGER. */
  readonly serial: Buffer;
  readonly hasAlternativeNames: boolean;
  /** Both octets of the key usage, the first one in the higher eight bits; undefined when the extension is missing. */
  readonly keyUsage: number | undefined;
  /** Extensions, dotted, that a reader who does not know them must not pass over. */
  readonly criticalExtensions: readonly string[];
  /** Extensions, dotted, that are there more than once. */
  readonly repeatedExtensions: readonly string[];
  /** Certificate policies, dotted. */
  readonly policies: readonly string[];
  /** Names that certificates below it may have (RFC 5280 §4.2.1.10); undefined when the extension is missing. */
  readonly nameConstraints: NameConstraints | undefined;
  /** HTTP URLs of its distribution points. */
  readonly crlUrls: readonly string[];
}

/** Reads the structure of a DER certificate (RFC 5280 §4.1); undefined when it is none. */
export const certificateStructure = (der: Buffer): CertificateStructure | undefined => {
  const [tbs, algorithm] = elements(elements(der)?.[0]?.contents ?? NOTHING) ?? [];
  const all = elements(tbs?.contents ?? NOTHING) ?? [];
  const version = all.find(({ tag }) => tag === VERSION);
  const fields = all.filter(({ tag }) => tag !== VERSION);
  const [, , issuer, , subject] = fields;
  if (algorithm === undefined || issuer === undefined || subject === undefined) return undefined;
  const list = listedExtensions(fields.find(({ tag }) => tag === EXTENSIONS));
  const extensions = new Map(list.map(({ id, value }) => [id, value]));
  const ids = list.map(({ id }) => id);
  const names = listed(extensions.get('2.5.29.17'));
  const usage = elements(extensions.get('2.5.29.15') ?? NOTHING)?.[0]?.contents;
  const constraints = extensions.get('2.5.29.19');
  const [isCa, pathLength] = listed(constraints);
  const purposes = extensions.get('2.5.29.37');
  return {
    issuer: issuer.encoding,
    subject: subject.encoding,
    commonNames: commonNamesOf(subject),
    dnsNames: names.filter(({ tag }) => tag === DNS_NAME).map(({ contents }) => contents.toString('latin1')),
    ipAddresses: names.filter(({ tag }) => tag === IP_ADDRESS).map(({ contents }) => addressText(contents)),
    signatureAlgorithm: algorithmName(algorithm),
    isCa: constraints === undefined ? undefined : isCa?.tag === TAG.boolean && isCa.contents[0] !== 0,
    pathLength:
      pathLength?.tag === TAG.integer && pathLength.contents.length === 1 ? pathLength.contents[0] : undefined,
    mayCertify: ((elements(extensions.get('2.5.29.15') ?? ANY_USAGE)?.[0]?.contents[1] ?? 0) & KEY_CERT_SIGN) !== 0,
    mustStaple: listed(extensions.get('1.3.6.1.5.5.7.1.24')).some(({ contents }) => contents.equals(STATUS_REQUEST)),
    hasTransparencyProofs: extensions.has('1.3.6.1.4.1.11129.2.4.2'),
    issuerKeyId: listed(extensions.get('2.5.29.35')).find(({ tag }) => tag === KEY_IDENTIFIER)?.contents,
    keyId: elements(extensions.get('2.5.29.14') ?? NOTHING)?.[0]?.contents,
    purposes: purposes && listed(purposes).map(({ contents }) => dotted(contents)),
    version: 1 + (elements(version?.contents ?? NOTHING)?.[0]?.contents[0] ?? 0),
    serial: fields[0]?.contents ?? NOTHING,
    hasAlternativeNames: extensions.has('2.5.29.17'),
    keyUsage: usage && (usage[1] ?? 0) * 256 + (usage[2] ?? 0),
    criticalExtensions: list.filter(({ isCritical }) => isCritical).map(({ id }) => id),
    repeatedExtensions: [...new Set(ids.filter((id, index) => ids.indexOf(id) < index))],
    policies: listed(extensions.get('2.5.29.32')).flatMap(({ contents }) => {
      const id = elements(contents)?.[0];
      return id === undefined ? [] : [dotted(id.contents)];
    }),
    nameConstraints: nameConstraintsOf(extensions.get('2.5.29.30')),
    crlUrls: listed(extensions.get('2.5.29.31')).flatMap(urlsOfPoint),
  };
};

interface Extension {
  readonly id: string;
  readonly isCritical: boolean;
  readonly value: Buffer;
}

const listedExtensions = (field: DerElement | undefined): Extension[] =>
  listed(field?.contents).flatMap((extension) => {
    const parts = elements(extension.contents) ?? [];
    const [id, critical] = parts;
    const value = parts.at(-1);
    if (id === undefined || value?.tag !== TAG.octetString) return [];
    const isCritical = critical?.tag === TAG.boolean && critical.contents[0] !== 0;
    return [{ id: dotted(id.contents), isCritical, value: value.contents }];
  });

/** RFC 5280 §4.2.1.13: names of where a list can be fetched; those of a directory are passed over. */
const urlsOfPoint = (point: DerElement): string[] => {
  const name = elements(point.contents)?.find(({ tag }) => tag === FIRST_CHOICE);
  const full = elements(name?.contents ?? NOTHING)?.find(({ tag }) => tag === FIRST_CHOICE);
  return (elements(full?.contents ?? NOTHING) ?? [])
    .filter(({ tag }) => tag === URL_NAME)
    .map(({ contents }) => contents.toString('latin1'))
    .filter((url) => /^https?:/i.test(url));
};

/** The members of the SEQUENCE that is all of `encoding`. */
const listed = (encoding: Buffer | undefined): DerElement[] =>
  elements(elements(encoding ?? NOTHING)?.[0]?.contents ?? NOTHING) ?? [];

const commonNamesOf = (name: DerElement): string[] =>
  (elements(name.contents) ?? [])
    .flatMap((set) => elements(set.contents) ?? [])
    .map((attribute) => elements(attribute.contents) ?? [])
    .flatMap(([type, value]) => (type && value && dotted(type.contents) === '2.5.4.3' ? [text(value)] : []));

const text = ({ tag, contents }: DerElement): string => {
  if (tag === TAG.bmpString && contents.length % 2 === 0) return Buffer.from(contents).swap16().toString('utf16le');
  return contents.toString(tag === TAG.utf8String ? 'utf8' : 'latin1');
};

const addressText = (octets: Buffer): string => {
  if (octets.length === 4) return octets.join('.');
  if (octets.length !== 16) return octets.toString('hex');
  const groups = Array.from({ length: 8 }, (_, index) => octets.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
};

/** The name of a signature algorithm, as in `rsa-sha256`; its dotted OID where it has none here. */
export const algorithmName = (algorithm: DerElement): string => {
  const [id, parameters] = elements(algorithm.contents) ?? [];
  const name = dotted(id?.contents ?? NOTHING);
  if (name !== RSA_PSS) return SIGNATURES[name] ?? name;
  const hash = elements(parameters?.contents ?? NOTHING)?.find(({ tag }) => tag === 0xa0);
  const [hashId] = listed(hash?.contents);
  return `rsa-pss-${HASHES[dotted(hashId?.contents ?? NOTHING)] ?? 'sha1'}`;
};

const NOTHING = Buffer.alloc(0);
const ANY_USAGE = Buffer.from([TAG.bitString, 2, 0, 0xff]);
const KEY_CERT_SIGN = 0x04;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
const URL_NAME = 0x86;
const FIRST_CHOICE = 0xa0;
const KEY_IDENTIFIER = 0x80;
const STATUS_REQUEST = Buffer.from([5]);
const RSA_PSS = '1.2.840.113549.1.1.10';

const SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'rsa-md2',
  '1.2.840.113549.1.1.4': 'rsa-md5',
  '1.2.840.113549.1.1.5': 'rsa-sha1',
  '1.2.840.113549.1.1.11': 'rsa-sha256',
  '1.2.840.113549.1.1.12': 'rsa-sha384',
  '1.2.840.113549.1.1.13': 'rsa-sha512',
  '1.2.840.113549.1.1.14': 'rsa-sha224',
  '1.2.840.10040.4.3': 'dsa-sha1',
  '1.2.840.10045.4.1': 'ecdsa-sha1',
  '1.2.840.10045.4.3.1': 'ecdsa-sha224',
  '1.2.840.10045.4.3.2': 'ecdsa-sha256',
  '1.2.840.10045.4.3.3': 'ecdsa-sha384',
  '1.2.840.10045.4.3.4': 'ecdsa-sha512',
  '1.3.101.112': 'ed25519',
  '1.3.101.113': 'ed448',
  '2.16.840.1.101.3.4.3.2': 'dsa-sha256',
  '2.16.840.1.101.3.4.3.17': 'ml-dsa-44',
  '2.16.840.1.101.3.4.3.18': 'ml-dsa-65',
  '2.16.840.1.101.3.4.3.19': 'ml-dsa-87',
};

const HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
