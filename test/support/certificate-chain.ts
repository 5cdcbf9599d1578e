import { webcrypto } from 'node:crypto';
import { x509Library } from '../../src/tls/x509-library.js';

/** A leaf, the intermediates above it, and a root. */
export interface CertificateChain {
  /** Leaf first, root last. */
  readonly pems: readonly string[];
  /** Of the leaf. */
  readonly keyPem: string;
}

/** Issues a chain of `length` certificates below a new root. */
export const certificateChain = async (name: string, length: number): Promise<CertificateChain> => {
  const x509 = x509Library();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const pems: string[] = [];
  let above: { readonly name: string; readonly keys: webcrypto.CryptoKeyPair } | undefined;
  let keyPem = '';
  for (let depth = length; depth >= 0; depth -= 1) {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const subject = depth === 0 ? `CN=${name}` : `CN=authority ${String(depth)}`;
    const certificate = await x509.X509CertificateGenerator.create(
      {
        subject,
        issuer: above?.name ?? subject,
        publicKey: keys.publicKey,
        signingKey: (above?.keys ?? keys).privateKey,
        notBefore: new Date(Date.now() - 3_600_000),
        notAfter: new Date(Date.now() + 30 * 86_400_000),
        signingAlgorithm: algorithm,
        extensions: [
          depth === 0
            ? new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }])
            : new x509.BasicConstraintsExtension(true, undefined, true),
        ],
      },
      webcrypto,
    );
    pems.unshift(certificate.toString('pem'));
    above = { name: subject, keys };
    if (depth === 0) {
      const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
      keyPem = `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END PRIVATE KEY-----\n`;
    }
  }
  return { pems, keyPem };
};
