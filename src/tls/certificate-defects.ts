import { isIP } from 'node:net';
import type { CertificateStructure } from './certificate-structure.js';

/** One rule that a server's certificate breaks. */
export interface CertificateDefect {
  /** What is wrong, and who minds: a sentence without a full stop. */
  readonly text: string;
  readonly reference: string;
  /** `refused`: clients in use refuse the certificate for it; `untidy`: the rule is broken, and clients hardly look. */
  readonly weight: 'refused' | 'untidy';
}

/** What the rules need to know besides the structure. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Issuer and subject are the same. */
  readonly isSelfIssued: boolean;
}

/** The rules of RFC 5280 and of clients that the certificate of a server breaks; whether it is trusted, current or for the right name is for others to say. */
export const certificateDefects = (structure: CertificateStructure, validity: Validity): readonly CertificateDefect[] =>
  RULES.flatMap((rule) => rule(structure, validity) ?? []);

type Rule = (structure: CertificateStructure, validity: Validity) => CertificateDefect | undefined;

const refused = (text: string, reference: string): CertificateDefect => ({ text, reference, weight: 'refused' });
const untidy = (text: string, reference: string): CertificateDefect => ({ text, reference, weight: 'untidy' });

const RULES: readonly Rule[] = [
  ({ version }) =>
    version < 3
      ? refused(
          `it is of X.509 version ${String(version)}, which knows neither alternative names nor usages`,
          'RFC 5280 §4.1.2.1',
        )
      : undefined,
  ({ criticalExtensions }) => {
    const unknown = criticalExtensions.filter((id) => !KNOWN.has(id));
    return unknown.length === 0
      ? undefined
      : refused(
          `it has a critical extension that clients do not know and must refuse (${unknown.join(', ')})`,
          'RFC 5280 §4.2',
        );
  },
  ({ criticalExtensions }) =>
    criticalExtensions.includes(POISON)
      ? refused('it is a precertificate, which no client may accept', 'RFC 6962 §3.1')
      : undefined,
  ({ keyUsage }) =>
    keyUsage === undefined || (keyUsage & DIGITAL_SIGNATURE) !== 0
      ? undefined
      : refused(
          'its key usage has no digitalSignature: ECDHE and TLS 1.3 need it, and GnuTLS and Thunderbird refuse it',
          'RFC 8446 §4.4.2.2',
        ),
  ({ isCa }) =>
    isCa === true
      ? refused(
          'it is marked as an authority’s certificate (CA:TRUE), which Thunderbird and rustls refuse from a server',
          'RFC 5280 §4.2.1.9',
        )
      : undefined,
  (_structure, { notBefore, notAfter }) => {
    const days = Math.round((notAfter.getTime() - notBefore.getTime()) / DAY);
    return days > MOST_DAYS && notBefore >= SINCE_MOST_DAYS
      ? refused(
          `it is valid for ${String(days)} days: Apple’s clients refuse more than ${String(MOST_DAYS)}`,
          'https://support.apple.com/en-us/103769',
        )
      : undefined;
  },
  ({ serial }) => {
    const [first = 0] = serial;
    if (serial.every((octet) => octet === 0)) return untidy('its serial number is 0', 'RFC 5280 §4.1.2.2');
    if (first >= 0x80) return untidy('its serial number is negative', 'RFC 5280 §4.1.2.2');
    return serial.length > LONGEST_SERIAL
      ? untidy('its serial number is longer than 20 octets', 'RFC 5280 §4.1.2.2')
      : undefined;
  },
  ({ issuerKeyId, version }, { isSelfIssued }) =>
    issuerKeyId === undefined && !isSelfIssued && version === 3
      ? refused(
          'it does not name its issuer’s key (authority key identifier): Python 3.13 and later refuse it',
          'RFC 5280 §4.2.1.1',
        )
      : undefined,
  ({ repeatedExtensions }) =>
    repeatedExtensions.length === 0
      ? undefined
      : refused(`an extension is there twice (${repeatedExtensions.join(', ')})`, 'RFC 5280 §4.2'),
  ({ dnsNames }) => {
    const odd = dnsNames.filter((name) => !isUsable(name));
    return odd.length === 0
      ? undefined
      : untidy(
          `no client matches ${odd.length === 1 ? 'the name' : 'the names'} ${odd.slice(0, SHOWN).join(', ')}`,
          'RFC 9525 §6.3',
        );
  },
];

/** A DNS name that clients compare, or a wildcard in its left-most label alone, above two labels or more. */
const isUsable = (name: string): boolean =>
  isIP(name) === 0 &&
  name.length <= 253 &&
  /^(?:\*\.(?=[^.]+\.))?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(
    name,
  );

const DIGITAL_SIGNATURE = 0x8000;
const LONGEST_SERIAL = 20;
const MOST_DAYS = 825;
const SINCE_MOST_DAYS = new Date('2019-07-01T00:00:00Z');
const DAY = 86_400_000;
const SHOWN = 3;
const POISON = '1.3.6.1.4.1.11129.2.4.3';
/** Extensions that clients read: those of RFC 5280 §4.2.1, TLS features, and the poison of precertificates, which has a rule of its own. */
const KNOWN: ReadonlySet<string> = new Set([
  ...[14, 15, 17, 18, 19, 30, 31, 32, 33, 35, 36, 37, 54].map((arc) => `2.5.29.${String(arc)}`),
  '1.3.6.1.5.5.7.1.24',
  '1.3.6.1.5.5.7.1.1',
  '1.3.6.1.4.1.11129.2.4.2',
  POISON,
]);
