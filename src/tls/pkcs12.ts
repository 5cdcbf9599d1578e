// Our own writer, though @peculiar/asn1-pfx is in the tree: that package declares the structures of a store and leaves to its user
// what makes one, the derivation of the key (RFC 7292 appendix B), the code over the contents and Java's attribute, so that only the
// nesting of eight elements would go, for three packages (asn1-pfx, asn1-cms, asn1-schema) that we do not depend on ourselves.

import { createHash, createHmac, randomBytes } from 'node:crypto';

import { element, integer, objectIdentifier, sequence, TAG } from './der.js';

/** The password of every trust store: what Java's own has always had. It protects nothing, the contents are public. */
export const PKCS12_PASSWORD = 'changeit';

/** A PKCS#12 store (RFC 7292) with one trusted certificate (DER), which Java, .NET and OpenSSL can read. */
export const pkcs12TrustStore = (certificate: Buffer): Buffer => {
  const bag = sequence(
    objectIdentifier(CERT_BAG),
    element(0xa0, sequence(objectIdentifier(X509_CERTIFICATE), element(0xa0, element(TAG.octetString, certificate)))),
    element(
      TAG.set,
      attribute(FRIENDLY_NAME, element(TAG.bmpString, utf16('waxseal'))),
      // Without it Java lists the certificate but does not trust it.
      attribute(ORACLE_TRUSTED_KEY_USAGE, objectIdentifier(ANY_EXTENDED_KEY_USAGE)),
    ),
  );
  const safe = sequence(contentInfo(sequence(bag)));
  return sequence(integer(3), contentInfo(safe), authenticationCode(safe));
};

const contentInfo = (content: Buffer): Buffer =>
  sequence(objectIdentifier(DATA), element(0xa0, element(TAG.octetString, content)));

const attribute = (type: string, value: Buffer): Buffer => sequence(objectIdentifier(type), element(TAG.set, value));

const authenticationCode = (content: Buffer): Buffer => {
  const salt = randomBytes(16);
  const code = createHmac('sha256', derivedKey(salt)).update(content).digest();
  const algorithm = sequence(objectIdentifier(SHA256), element(TAG.null));
  return sequence(
    sequence(algorithm, element(TAG.octetString, code)),
    element(TAG.octetString, salt),
    integer(ITERATIONS),
  );
};

/** RFC 7292 appendix B.2 with SHA-256 and identifier 3 (MAC); one block is enough for a 32-byte key. */
const derivedKey = (salt: Buffer): Buffer => {
  const password = Buffer.concat([utf16(PKCS12_PASSWORD), Buffer.alloc(2)]);
  let block = Buffer.concat([Buffer.alloc(BLOCK, 3), repeated(salt), repeated(password)]);
  for (let round = 0; round < ITERATIONS; round++) block = createHash('sha256').update(block).digest();
  return block;
};

const repeated = (bytes: Buffer): Buffer => Buffer.alloc(Math.ceil(bytes.length / BLOCK) * BLOCK, bytes);

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

const BLOCK = 64;
/** Rounds make guessing a password slow; this one is known to everybody, and a store is made at each start. */
const ITERATIONS = 16;
const DATA = '1.2.840.113549.1.7.1';
const CERT_BAG = '1.2.840.113549.1.12.10.1.3';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const ORACLE_TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1';
const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0';
const SHA256 = '2.16.840.1.101.3.4.2.1';
