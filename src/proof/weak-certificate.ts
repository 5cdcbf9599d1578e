import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

/** Self-signed certificates that no authority would issue any more. */
export const weakCredential = async (
  kind: 'weak-key' | 'weak-signature',
  names: readonly string[],
): Promise<{ certPem: string; keyPem: string }> => {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: kind === 'weak-key' ? 1024 : 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: kind === 'weak-key' ? 'SHA-256' : 'SHA-1',
  };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=weak',
      notBefore: new Date(Date.now() - 3_600_000),
      notAfter: new Date(Date.now() + 7 * 86_400_000),
      signingAlgorithm: algorithm,
      keys,
      extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))],
    },
    webcrypto,
  );
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certPem: certificate.toString('pem'),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END PRIVATE KEY-----\n`,
  };
};
