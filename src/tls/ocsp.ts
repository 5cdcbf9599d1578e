import { createHash } from 'node:crypto';
import { derTime } from './der-time.js';
import { dotted, element, elements, objectIdentifier, sequence, TAG, type DerElement } from './der.js';
import { isSignedBy, parsedCertificate, type ParsedCertificate } from './inspect.js';
import { isSignedWith, members, signedData, type SignedData } from './signed-data.js';

/** What an authority says of a certificate. Times are ISO 8601. */
export interface RevocationStatus {
  /**
   * `unknown`: the authority says that it does not know the certificate; `stale`: its word has expired, or is not valid yet;
   * `other`: its word is about other certificates; `unusable`: there is no word of it, or a forged one.
   */
  readonly kind: 'good' | 'revoked' | 'unknown' | 'stale' | 'other' | 'unusable';
  /** Why it is unusable. */
  readonly why?: string;
  readonly thisUpdate?: string;
  readonly nextUpdate?: string;
  readonly revokedAt?: string;
}

/** A question about one certificate (RFC 6960 §4.1), DER, without a nonce: responders answer it from a cache. */
export const ocspRequest = (serial: Buffer, issuer: ParsedCertificate): Buffer =>
  sequence(sequence(sequence(sequence(certificateId(serial, issuer)))));

/** The certificate, by its serial number and its issuer's name and key, with SHA-1 as RFC 5019 §2.1.1 has it: an index, no signature. */
export const certificateId = (serial: Buffer, issuer: ParsedCertificate): Buffer =>
  sequence(
    sequence(objectIdentifier(SHA1), element(TAG.null)),
    element(TAG.octetString, sha1(issuer.structure.subject)),
    element(TAG.octetString, sha1(publicKeyBits(issuer))),
    element(TAG.integer, serial),
  );

/** What an OCSP response (RFC 6960 §4.2) says of the certificate with this serial number (its octets). Never throws. */
export const statusInResponse = (
  der: Buffer,
  serial: Buffer,
  issuer: ParsedCertificate,
  now = new Date(),
): RevocationStatus => {
  const [result, body] = members(der);
  if (result?.tag !== ENUMERATED) return { kind: 'unusable', why: 'what came is no OCSP response' };
  const code = result.contents[0] ?? 0;
  if (code !== 0)
    return { kind: 'unusable', why: `the responder answers with an error (${ERRORS[code] ?? String(code)})` };
  const [type, basic] = members(body?.contents);
  const parts = members(basic?.contents);
  const signed = signedData(parts);
  if (type === undefined || dotted(type.contents) !== BASIC || signed === undefined)
    return { kind: 'unusable', why: 'what came is no OCSP response' };
  if (!isAuthentic(signed, parts[3], issuer))
    return { kind: 'unusable', why: 'the response is not signed by the issuer' };
  // The list of responses is the first SEQUENCE behind the time at which they were made.
  const fields = elements(signed.data.contents) ?? [];
  const made = fields.findIndex((field) => derTime(field) !== undefined);
  const responses = elements(fields.slice(made + 1).find(({ tag }) => tag === TAG.sequence)?.contents ?? NOTHING) ?? [];
  const own = responses.map((each) => elements(each.contents) ?? []).find((each) => isAbout(each[0], serial, issuer));
  if (own === undefined) return { kind: 'other' };
  const [, status, this_, next] = own;
  const thisUpdate = derTime(this_);
  const nextUpdate = next?.tag === EXPLICIT_0 ? derTime(elements(next.contents)?.[0]) : undefined;
  const period = {
    ...(thisUpdate && { thisUpdate: thisUpdate.toISOString() }),
    ...(nextUpdate && { nextUpdate: nextUpdate.toISOString() }),
  };
  if (status?.tag === REVOKED) {
    const at = derTime(elements(status.contents)?.[0]);
    return { kind: 'revoked', ...period, ...(at && { revokedAt: at.toISOString() }) };
  }
  const isCurrent =
    thisUpdate !== undefined &&
    thisUpdate.getTime() <= now.getTime() + CLOCK_SKEW &&
    (nextUpdate === undefined || nextUpdate >= now);
  if (!isCurrent) return { kind: 'stale', ...period };
  return { kind: status?.tag === GOOD ? 'good' : 'unknown', ...period };
};

/** RFC 6960 §4.2.2.2: the issuer signs itself, or gave a certificate for this purpose to the one who does. */
const isAuthentic = (signed: SignedData, attached: DerElement | undefined, issuer: ParsedCertificate): boolean => {
  if (isSignedWith(issuer.certificate.publicKey, signed)) return true;
  const certificates = elements(elements(attached?.contents ?? NOTHING)?.[0]?.contents ?? NOTHING) ?? [];
  return certificates.slice(0, MOST_ATTACHED).some(({ encoding }) => {
    const one = parsedCertificate(encoding, new Date());
    return (
      one?.structure.purposes?.includes(OCSP_SIGNING) === true &&
      isSignedBy(one.certificate, issuer.certificate) &&
      isSignedWith(one.certificate.publicKey, signed)
    );
  });
};

const isAbout = (id: DerElement | undefined, serial: Buffer, issuer: ParsedCertificate): boolean => {
  const [algorithm, name, key, number] = elements(id?.contents ?? NOTHING) ?? [];
  const hash = HASHES[dotted(elements(algorithm?.contents ?? NOTHING)?.[0]?.contents ?? NOTHING)];
  if (hash === undefined || name === undefined || key === undefined || number === undefined) return false;
  const digest = (bytes: Buffer): Buffer => createHash(hash).update(bytes).digest();
  return (
    number.contents.equals(serial) &&
    name.contents.equals(digest(issuer.structure.subject)) &&
    key.contents.equals(digest(publicKeyBits(issuer)))
  );
};

/** The public key without its algorithm. */
const publicKeyBits = ({ certificate }: ParsedCertificate): Buffer => {
  const [, bits] = members(certificate.publicKey.export({ type: 'spki', format: 'der' }));
  return bits?.contents.subarray(1) ?? NOTHING;
};

const sha1 = (bytes: Buffer): Buffer => createHash('sha1').update(bytes).digest();

const NOTHING = Buffer.alloc(0);
const SHA1 = '1.3.14.3.2.26';
const BASIC = '1.3.6.1.5.5.7.48.1.1';
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const HASHES: Readonly<Record<string, string>> = {
  [SHA1]: 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const ERRORS: Readonly<Record<number, string>> = {
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
};
const ENUMERATED = 0x0a;
const EXPLICIT_0 = 0xa0;
const GOOD = 0x80;
const REVOKED = 0xa1;
const MOST_ATTACHED = 4;
/** Milliseconds by which clocks may differ. */
const CLOCK_SKEW = 300_000;
