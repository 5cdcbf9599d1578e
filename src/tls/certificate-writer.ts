// Our own writer, though @peculiar/x509 is in the tree: loading that library costs more than all the rest of a start, and every command
// that serves needs an authority and a leaf. The odd certificates of chains and labs are made with the library, which knows every
// extension; a test holds what is written here against what the library writes.

import { createHash, randomBytes, type KeyObject } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { derTimeText } from './der-time.js';
import { element, elements, objectIdentifier, sequence, TAG } from './der.js';
import { signatureAlgorithm, signedStructure } from './ocsp-response.js';

/** What stands in a certificate (X.509 v3); `subject`, `issuer` and each extension are DER. */
export interface CertificateParts {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: readonly Buffer[];
  /** Positive, at most 20 octets (RFC 5280 §4.1.2.2); made up by default. */
  readonly serial?: Buffer;
}

/** Writes and signs a certificate, DER, with SHA-256 and RSA or ECDSA as the signing key is. */
export const writtenCertificate = (parts: CertificateParts): Buffer =>
  signedStructure(
    sequence(
      element(0xa0, element(TAG.integer, Buffer.from([2]))),
      element(TAG.integer, parts.serial ?? newSerial()),
      signatureAlgorithm(parts.signingKey),
      parts.issuer,
      sequence(derTimeText(parts.notBefore), derTimeText(parts.notAfter)),
      parts.subject,
      spkiOf(parts.publicKey),
      element(0xa3, sequence(...parts.extensions)),
    ),
    parts.signingKey,
  );

/** DER as PEM text. */
export const certificatePem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;

/** A distinguished name: an organisation and, where there is one, a common name. */
export const distinguishedName = (organisation: string, common?: string): Buffer =>
  sequence(attribute('2.5.4.10', organisation), ...(common === undefined ? [] : [attribute('2.5.4.3', common)]));

/** An extension; what is not critical says nothing of it (DER omits defaults). */
export const extension = (oid: string, critical: boolean, value: Buffer): Buffer =>
  sequence(
    objectIdentifier(oid),
    ...(critical ? [element(TAG.boolean, Buffer.from([0xff]))] : []),
    element(TAG.octetString, value),
  );

/** basicConstraints of a leaf, or of an authority that signs leaves only. */
export const basicConstraints = (of: 'leaf' | 'authority'): Buffer =>
  extension(
    '2.5.29.19',
    true,
    of === 'leaf'
      ? sequence()
      : sequence(element(TAG.boolean, Buffer.from([0xff])), element(TAG.integer, Buffer.from([0]))),
  );

/** keyUsage with these bits (RFC 5280 §4.2.1.3), of which one at least is asked for. */
export const keyUsage = (...uses: readonly (keyof typeof USAGE)[]): Buffer => {
  const bits = uses.reduce((all, use) => all | (0x80 >> USAGE[use]), 0);
  const unused = Math.max(0, 31 - Math.clz32(bits & -bits));
  return extension('2.5.29.15', true, element(TAG.bitString, Buffer.from([unused, bits])));
};

/** extendedKeyUsage of a server. */
export const forServers = (): Buffer => extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.1')));

/** subjectKeyIdentifier: the key's hash (RFC 5280 §4.2.1.2, method 1). */
export const subjectKeyIdentifier = (key: KeyObject): Buffer =>
  extension('2.5.29.14', false, element(TAG.octetString, identifierOf(key)));

/** authorityKeyIdentifier with the hash of the signer's key. */
export const authorityKeyIdentifier = (key: KeyObject): Buffer =>
  extension('2.5.29.35', false, sequence(element(0x80, identifierOf(key))));

/** subjectAltName: DNS names in ASCII, then addresses. */
export const alternativeNames = (dns: readonly string[], ip: readonly string[]): Buffer =>
  extension(
    '2.5.29.17',
    false,
    sequence(
      ...dns.map((name) => element(0x82, Buffer.from(name, 'ascii'))),
      ...ip.map((address) => element(0x87, Buffer.from(ipaddr.parse(address).toByteArray()))),
    ),
  );

const attribute = (type: string, text: string): Buffer =>
  element(
    TAG.set,
    sequence(
      objectIdentifier(type),
      element(PRINTABLE.test(text) ? TAG.printableString : TAG.utf8String, Buffer.from(text)),
    ),
  );

const spkiOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });

const identifierOf = (key: KeyObject): Buffer => {
  const [, bits] = elements(elements(spkiOf(key))?.[0]?.contents ?? Buffer.alloc(0)) ?? [];
  if (bits === undefined) throw new Error('a public key was written that cannot be read');
  // Behind the number of unused bits.
  return createHash('sha1').update(bits.contents.subarray(1)).digest();
};

const newSerial = (): Buffer => {
  const octets = randomBytes(16);
  octets[0] = 0x40 | ((octets[0] ?? 0) & 0x3f);
  return octets;
};

const USAGE = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, cRLSign: 6 } as const;
const PRINTABLE = /^[A-Za-z0-9 '()+,./:=?-]*$/;
