import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';

import { weaknessOf, type KeyWeakness } from './guessable-key.js';
import { certificateDefects, type CertificateDefect } from './certificate-defects.js';
import { certificateStructure, type CertificateStructure } from './certificate-structure.js';

/** Facts of one certificate. Names and issuers are the peer's text: escape them on output. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whole days until notAfter, negative when it has passed. */
  readonly daysLeft: number;
  /** Length of the validity in days. */
  readonly daysInAll: number;
  readonly validity: 'valid' | 'expired' | 'not-yet-valid';
  readonly names: {
    readonly dns: readonly string[];
    readonly ip: readonly string[];
    readonly common: readonly string[];
  };
  /** `rsa`, `ec`, `ed25519`, ...; `unknown` when the TLS library cannot read the key. */
  readonly keyType: string;
  readonly keyBits?: number;
  readonly curve?: string;
  /** Why the private key can be computed (RSA). */
  readonly keyWeakness?: KeyWeakness;
  /** `rsa-sha256`, `ecdsa-sha384`, ... */
  readonly signatureAlgorithm: string;
  /** Issuer and subject are the same, and its own key verifies it. */
  readonly isSelfSigned: boolean;
  readonly isCa: boolean;
  /** It may serve TLS: extended key usage is absent, or names server authentication. */
  readonly isForServers: boolean;
  readonly mustStaple: boolean;
  readonly hasTransparencyProofs: boolean;
  readonly ocspUrls: readonly string[];
  /** Where lists of revoked certificates can be fetched. */
  readonly crlUrls: readonly string[];
  /** Where the issuer's certificate can be fetched. */
  readonly issuerUrls: readonly string[];
  readonly fingerprintSha256: string;
  readonly serialNumber: string;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), base64, as pins have it; absent when the key cannot be read. */
  readonly publicKeySha256?: string;
  /** Public exponent of an RSA key, in decimal. */
  readonly exponent?: string;
  /** It names a policy of the CA/Browser Forum: its issuer claims to be a public authority. */
  readonly claimsPublicRules: boolean;
  /** Rules that it breaks as the certificate of a server. */
  readonly defects: readonly CertificateDefect[];
}

/** A certificate with everything that path building needs. */
export interface ParsedCertificate {
  readonly certificate: X509Certificate;
  readonly structure: CertificateStructure;
  readonly facts: CertificateFacts;
}

/** Facts of a DER certificate; undefined when it cannot be read, which is a fact about the peer too. */
export const inspectCertificate = (der: Buffer, now = new Date()): CertificateFacts | undefined =>
  parsedCertificate(der, now)?.facts;

/** Reads a DER certificate; undefined when it is none. */
export const parsedCertificate = (der: Buffer, now: Date): ParsedCertificate | undefined => {
  const key = createHash('sha256').update(der).digest('base64');
  const read = READ.get(key) ?? readCertificate(der, now);
  if (read === undefined) return undefined;
  // The one that was not asked for longest goes first.
  READ.delete(key);
  READ.set(key, read);
  const [oldest] = READ.keys();
  if (READ.size > MOST_READ && oldest !== undefined) READ.delete(oldest);
  const { certificate, structure, facts } = read;
  return { certificate, structure, facts: { ...facts, ...validityAt(certificate, now) } };
};

const readCertificate = (der: Buffer, now: Date): ParsedCertificate | undefined => {
  const structure = certificateStructure(der);
  if (structure === undefined) return undefined;
  try {
    const certificate = new X509Certificate(der);
    return { certificate, structure, facts: factsOf(certificate, structure, now) };
  } catch {
    return undefined;
  }
};

/** What depends on the time. */
const validityAt = (certificate: X509Certificate, now: Date): Pick<CertificateFacts, 'daysLeft' | 'validity'> => {
  const notBefore = new Date(certificate.validFrom);
  const notAfter = new Date(certificate.validTo);
  return {
    daysLeft: Math.floor((notAfter.getTime() - now.getTime()) / DAY),
    validity: now > notAfter ? 'expired' : now < notBefore ? 'not-yet-valid' : 'valid',
  };
};

/** Certificates that were read lately, by the SHA-256 of their DER: a monitor sees the same ones every minute, and their anchors. */
const READ = new Map<string, ParsedCertificate>();
const MOST_READ = 256;

/**
 * How a certificate answers to a name or an IP address (RFC 9525; `cn-only` is what RFC 6125 still tolerated).
 * Node's `checkHost` would throw where a name holds odd ASN.1 types: such a name matches nothing.
 */
export const nameMatch = ({ structure }: ParsedCertificate, servername: string): 'san' | 'cn-only' | 'no' => {
  const name = servername.toLowerCase().replace(/\.$/, '');
  const { dnsNames, ipAddresses, commonNames } = structure;
  if (isIP(name) !== 0) {
    if (ipAddresses.includes(canonicalAddress(name))) return 'san';
    return commonNames.includes(name) ? 'cn-only' : 'no';
  }
  if (dnsNames.some((pattern) => isNamedBy(name, pattern))) return 'san';
  return commonNames.some((pattern) => isNamedBy(name, pattern)) ? 'cn-only' : 'no';
};

/** RFC 9525 §6.3: a wildcard is the whole left-most label, stands for one label, and not directly above a top-level domain. */
const isNamedBy = (name: string, presented: string): boolean => {
  const pattern = presented.toLowerCase();
  if (!pattern.startsWith('*.')) return pattern === name;
  const parent = pattern.slice(2);
  const dot = name.indexOf('.');
  return dot > 0 && name.slice(dot + 1) === parent && /^[^.*]+\.[^*]*[^.*]$/.test(parent);
};

const canonicalAddress = (address: string): string =>
  isIP(address) === 6 ? new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1) : address;

/** Whether the key of `issuer` verifies `certificate`. `checkIssued` would also ask whether it was allowed to, a separate finding. */
export const isSignedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean => {
  const known = SIGNED.get(certificate)?.get(issuer);
  if (known !== undefined) return known;
  const isSigned = isVerified(certificate, issuer);
  const issuers = SIGNED.get(certificate) ?? new WeakMap<X509Certificate, boolean>();
  SIGNED.set(certificate, issuers.set(issuer, isSigned));
  return isSigned;
};

/** A certificate does not change, and neither does who signed it; an exporter sees the same ones every minute. */
const SIGNED = new WeakMap<X509Certificate, WeakMap<X509Certificate, boolean>>();

const isVerified = (certificate: X509Certificate, issuer: X509Certificate): boolean => {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
};

const factsOf = (certificate: X509Certificate, structure: CertificateStructure, now: Date): CertificateFacts => {
  const notBefore = new Date(certificate.validFrom);
  const notAfter = new Date(certificate.validTo);
  const key = publicKeyOf(certificate);
  const curve = key?.asymmetricKeyDetails?.namedCurve;
  const keyBits =
    key?.asymmetricKeyDetails?.modulusLength ??
    (curve === undefined ? undefined : Number(/\d{3}/.exec(curve)?.[0] ?? 0));
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    ...validityAt(certificate, now),
    daysInAll: Math.round((notAfter.getTime() - notBefore.getTime()) / DAY),
    names: { dns: structure.dnsNames, ip: structure.ipAddresses, common: structure.commonNames },
    keyType: key?.asymmetricKeyType ?? 'unknown',
    ...(keyBits === undefined ? {} : { keyBits }),
    ...(curve === undefined ? {} : { curve }),
    ...weaknessIn(key),
    signatureAlgorithm: structure.signatureAlgorithm,
    isSelfSigned: structure.issuer.equals(structure.subject) && isSignedBy(certificate, certificate),
    isCa: structure.isCa ?? false,
    isForServers: structure.purposes?.some((purpose) => SERVER_PURPOSES.includes(purpose)) ?? true,
    mustStaple: structure.mustStaple,
    hasTransparencyProofs: structure.hasTransparencyProofs,
    ...accessUrls(certificate),
    crlUrls: structure.crlUrls,
    fingerprintSha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    serialNumber: certificate.serialNumber.toLowerCase(),
    ...(key && {
      publicKeySha256: createHash('sha256')
        .update(key.export({ type: 'spki', format: 'der' }))
        .digest('base64'),
    }),
    ...(key?.asymmetricKeyDetails?.publicExponent !== undefined && {
      exponent: String(key.asymmetricKeyDetails.publicExponent),
    }),
    claimsPublicRules: structure.policies.some((policy) => policy.startsWith('2.23.140.1.')),
    defects: certificateDefects(structure, {
      notBefore,
      notAfter,
      isSelfIssued: structure.issuer.equals(structure.subject),
    }),
  };
};

const publicKeyOf = (certificate: X509Certificate): KeyObject | undefined => {
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
};

const weaknessIn = (key: KeyObject | undefined): Pick<CertificateFacts, 'keyWeakness'> => {
  if (key?.asymmetricKeyType !== 'rsa') return {};
  const { n } = key.export({ format: 'jwk' });
  // Of a key of unusual size nothing is computed: it costs too much.
  if (n === undefined || n.length > MOST_MODULUS) return {};
  const keyWeakness = weaknessOf(BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`));
  return keyWeakness === undefined ? {} : { keyWeakness };
};

/** Node writes one attribute a line; an empty name is undefined in spite of its type. */
const oneLine = (name: string | undefined): string => (name ?? '').trimEnd().split('\n').join(', ');

const accessUrls = (certificate: X509Certificate): { ocspUrls: string[]; issuerUrls: string[] } => {
  const lines = certificate.infoAccess?.split('\n') ?? [];
  const urls = (label: string): string[] =>
    lines.filter((line) => line.startsWith(label)).map((line) => line.slice(label.length));
  return { ocspUrls: urls('OCSP - URI:'), issuerUrls: urls('CA Issuers - URI:') };
};

/** Characters in base64 of 8192 bits. */
const MOST_MODULUS = 1366;
const DAY = 86_400_000;
// serverAuth, and any.
const SERVER_PURPOSES = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];
