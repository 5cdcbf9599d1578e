import { KeyObject, sign, type webcrypto } from 'node:crypto';
import { element, elements, objectIdentifier, sequence, TAG } from '../tls/der.js';

/** The same certificate, signed with MD5, which the X.509 library does not do; its issuer's key is of RSA. */
export const signedWithMd5 = (certificate: Buffer, issuer: webcrypto.CryptoKey): Buffer => {
  const [tbs] = elements(elements(certificate)?.[0]?.contents ?? NOTHING) ?? [];
  const fields = elements(tbs?.contents ?? NOTHING) ?? [];
  const changed = fields.map(({ encoding }) => (encoding.equals(SHA256_WITH_RSA) ? MD5_WITH_RSA : encoding));
  const body = sequence(...changed);
  const signature = sign('md5', body, KeyObject.from(issuer));
  return sequence(body, MD5_WITH_RSA, element(TAG.bitString, Buffer.concat([Buffer.from([0]), signature])));
};

/** AlgorithmIdentifiers (RFC 3279 §2.2.1, RFC 4055 §5). */
const algorithm = (dotted: string): Buffer => sequence(objectIdentifier(dotted), element(TAG.null));
const MD5_WITH_RSA = algorithm('1.2.840.113549.1.1.4');
const SHA256_WITH_RSA = algorithm('1.2.840.113549.1.1.11');
const NOTHING = Buffer.alloc(0);
