import { ALERTS, GROUPS, SIGNATURE_SCHEMES } from './iana.js';

/** A protocol version by the name that Node's `getProtocol()` uses. */
export type TlsVersion = 'SSLv2' | 'SSLv3' | 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** Version numbers on the wire, oldest first. */
export const VERSION_NUMBERS: Readonly<Record<TlsVersion, number>> = {
  SSLv2: 0x0002,
  SSLv3: 0x0300,
  TLSv1: 0x0301,
  'TLSv1.1': 0x0302,
  'TLSv1.2': 0x0303,
  'TLSv1.3': 0x0304,
};

/** The version with this number, as text; numbers of no version (drafts, GREASE) come out in hexadecimal, such as `0x7f1c`. */
export const versionName = (number: number): string => VERSION_NAMES.get(number) ?? hexadecimal(number);

/** The group (curve, finite field or KEM) with this number in the IANA registry; unknown ones in hexadecimal. */
export const groupName = (number: number): string => GROUP_NAMES.get(number) ?? hexadecimal(number);

/** The numbers of all known groups, in registry order. */
export const knownGroups = (): number[] => GROUPS.map(([number]) => number);

/** The signature scheme with this number; TLS 1.2 pairs that have no scheme name come out as `hash+signature`. */
export const signatureName = (number: number): string => {
  const hash = HASHES[number >> 8];
  const signature = SIGNATURES[number & 0xff];
  return (
    SCHEME_NAMES.get(number) ??
    (hash !== undefined && signature !== undefined ? `${hash}+${signature}` : hexadecimal(number))
  );
};

/** The alert with this description number, by its name in RFC 8446 §6 or an older document. */
export const alertName = (description: number): string => ALERT_NAMES.get(description) ?? `alert ${description}`;

/** Whether a number (suite, group, extension, version) is GREASE: reserved so that servers learn to ignore it (RFC 8701). */
export const isGrease = (number: number): boolean => (number & 0x0f0f) === 0x0a0a && number >> 8 === (number & 0xff);

/** Extension numbers that waxseal builds or reads. */
export const EXTENSION = {
  serverName: 0,
  statusRequest: 5,
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  heartbeat: 15,
  alpn: 16,
  signedCertificateTimestamp: 18,
  encryptThenMac: 22,
  extendedMasterSecret: 23,
  sessionTicket: 35,
  preSharedKey: 41,
  earlyData: 42,
  supportedVersions: 43,
  cookie: 44,
  pskKeyExchangeModes: 45,
  keyShare: 51,
  renegotiationInfo: 0xff01,
} as const;

const hexadecimal = (number: number): string => `0x${number.toString(16).padStart(4, '0')}`;

const VERSION_NAMES = new Map<number, string>(Object.entries(VERSION_NUMBERS).map(([name, number]) => [number, name]));

const GROUP_NAMES: ReadonlyMap<number, string> = new Map(GROUPS);

const HASHES = ['none', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
const SIGNATURES = ['anonymous', 'rsa', 'dsa', 'ecdsa'];

const SCHEME_NAMES: ReadonlyMap<number, string> = new Map(SIGNATURE_SCHEMES);
const ALERT_NAMES: ReadonlyMap<number, string> = new Map(ALERTS);
