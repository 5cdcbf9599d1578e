import { certificateStructure } from '../tls/certificate-structure.js';
import { jksTrustStore } from '../tls/jks.js';
import { PKCS12_PASSWORD, pkcs12TrustStore } from '../tls/pkcs12.js';
import { subjectHash } from '../tls/subject-hash.js';

/** The session's CA in the forms of `{ca}`, `{ca_dir}`, `{ca_p12}` and `{ca_jks}`. */
export interface TrustFiles {
  /** PEM. */
  readonly pem: string;
  /** OpenSSL's name for it in a directory: `1a2b3c4d.0`. */
  readonly hashedName: string;
  /** PKCS#12. */
  readonly pkcs12: () => Buffer;
  /** Java's own format. */
  readonly jks: () => Buffer;
}

/** The same of the certificates in a PEM text, one after the other; those that cannot be read have no name in a directory. */
export const trustFilesOf = (pem: string): TrustFiles[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? []).map((each) => {
    const der = Buffer.from(each.replace(/-----[^-]+-----/g, ''), 'base64');
    const subject = certificateStructure(der)?.subject;
    return {
      pem: each,
      hashedName: `${subject === undefined ? 'unreadable' : subjectHash(subject)}.0`,
      pkcs12: () => pkcs12TrustStore(der),
      jks: () => jksTrustStore(der, PKCS12_PASSWORD),
    };
  });
