import { createPrivateKey, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { element, objectIdentifier, sequence, TAG } from './der.js';
import { parsedCertificate, type ParsedCertificate } from './inspect.js';
import { certificateId } from './ocsp.js';

/** What an authority of ours says of a certificate; another `key` than its own makes a forgery. */
export interface ToldStatus {
  readonly status: 'good' | 'revoked';
  /** Days from now at which its word was made, and at which it expires. */
  readonly days?: readonly [from: number, to: number];
  readonly key?: KeyObject;
}

/** An OCSP response (RFC 6960 §4.2) about the certificate (PEM), signed with its issuer's key; for a self-signed one that is its own. */
export const ocspResponse = (
  certPem: string,
  issuerKey: string | KeyObject,
  told: ToldStatus,
  issuerPem = certPem,
): Buffer => {
  const [leaf, issuer] = [certificateOf(certPem), certificateOf(issuerPem)];
  const [from, to] = told.days ?? [-1, 3];
  const single = sequence(
    certificateId(leaf.structure.serial, issuer),
    told.status === 'good' ? element(0x80) : element(0xa1, daysFromNow(-1)),
    daysFromNow(from),
    element(0xa0, daysFromNow(to)),
  );
  const data = sequence(element(0xa1, issuer.structure.subject), daysFromNow(from), sequence(single));
  const own = typeof issuerKey === 'string' ? createPrivateKey(issuerKey) : issuerKey;
  return sequence(
    element(ENUMERATED, Buffer.from([0])),
    element(
      0xa0,
      sequence(
        objectIdentifier('1.3.6.1.5.5.7.48.1.1'),
        element(TAG.octetString, signedStructure(data, told.key ?? own)),
      ),
    ),
  );
};

/** What is signed, the algorithm, and the signature, as certificates, their lists and OCSP responses have it. */
export const signedStructure = (data: Buffer, key: KeyObject): Buffer =>
  sequence(data, signatureAlgorithm(key), element(TAG.bitString, Buffer.from([0]), sign('sha256', data, key)));

/** SHA-256 with RSA or ECDSA, as the key is. */
export const signatureAlgorithm = ({ asymmetricKeyType }: KeyObject): Buffer =>
  asymmetricKeyType === 'ec'
    ? sequence(objectIdentifier('1.2.840.10045.4.3.2'))
    : sequence(objectIdentifier('1.2.840.113549.1.1.11'), element(TAG.null));

/** The first certificate of a PEM text. Throws for what is none. */
export const certificateOf = (pem: string): ParsedCertificate => {
  const parsed = parsedCertificate(new X509Certificate(pem).raw, new Date());
  if (parsed === undefined) throw new Error('the certificate cannot be read');
  return parsed;
};

/** GeneralizedTime, so many days from now. */
export const daysFromNow = (days: number): Buffer =>
  element(
    0x18,
    Buffer.from(`${new Date(Date.now() + days * DAY).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`, 'latin1'),
  );

const ENUMERATED = 0x0a;
const DAY = 86_400_000;
