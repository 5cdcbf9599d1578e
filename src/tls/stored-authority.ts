import { createPrivateKey, createPublicKey, webcrypto, X509Certificate } from 'node:crypto';
import type { Signer } from './issue.js';
import { certificateOf } from './ocsp-response.js';

/** An authority with its private key, which is secret. */
export interface StoredAuthority {
  readonly pem: string;
  /** PKCS#8, as PEM text. */
  readonly keyPem: string;
}

/** A signer of an earlier session, with a P-256 key. Throws where certificate and key cannot be read, do not belong together, or have expired. */
export const restoredAuthority = async ({ pem, keyPem }: StoredAuthority): Promise<Signer> => {
  const certificate = new X509Certificate(pem);
  const end = new Date(certificate.validTo);
  if (end.getTime() < Date.now()) throw new Error(`it expired on ${end.toISOString().slice(0, 10)}`);
  const secret = createPrivateKey(keyPem);
  const open = createPublicKey(pem);
  if (!createPublicKey(keyPem).equals(open)) throw new Error('its key belongs to another certificate');
  const privateKey = await webcrypto.subtle.importKey('pkcs8', secret.export(PKCS8), P_256, true, ['sign']);
  const publicKey = await webcrypto.subtle.importKey('spki', open.export(SPKI), P_256, true, ['verify']);
  return {
    pem: certificate.toString(),
    der: certificate.raw,
    subject: certificateOf(pem).structure.subject,
    keys: { privateKey, publicKey },
  };
};

const P_256 = { name: 'ECDSA', namedCurve: 'P-256' };
const PKCS8 = { format: 'der', type: 'pkcs8' } as const;
const SPKI = { format: 'der', type: 'spki' } as const;
