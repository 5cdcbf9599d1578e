import { constants, verify, type KeyObject } from 'node:crypto';
import { algorithmName } from './certificate-structure.js';
import { elements, type DerElement } from './der.js';

/** What is signed, how, and the signature, as in certificates, lists of revoked certificates and OCSP responses. */
export interface SignedData {
  readonly data: DerElement;
  readonly algorithm: DerElement;
  /** The BIT STRING. */
  readonly signature: DerElement;
}

/** Takes the SEQUENCE of the three apart; undefined where there are fewer. */
export const signedData = (parts: readonly DerElement[]): SignedData | undefined => {
  const [data, algorithm, signature] = parts;
  return data && algorithm && signature && { data, algorithm, signature };
};

/** Whether the key made the signature; false for algorithms that are not known here. Never throws. */
export const isSignedWith = (key: KeyObject, { data, algorithm, signature }: SignedData): boolean => {
  const name = algorithmName(algorithm);
  const hash = /(?:md5|sha1|sha224|sha256|sha384|sha512)$/.exec(name)?.[0];
  try {
    return verify(
      hash,
      data.encoding,
      name.startsWith('rsa-pss')
        ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
        : key,
      signature.contents.subarray(1),
    );
  } catch {
    return false;
  }
};

/** The members of the one SEQUENCE in `der`. */
export const members = (der: Buffer | undefined): readonly DerElement[] =>
  elements(elements(der ?? Buffer.alloc(0))?.[0]?.contents ?? Buffer.alloc(0)) ?? [];
