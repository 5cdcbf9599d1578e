import { KeyObject, webcrypto } from 'node:crypto';

import { Fault } from '../fault.js';
import { RECIPES, type RecipeName } from './certificate-recipes.js';
import { issueAuthority, issueLeaf, type Signer } from './issue.js';
import { ocspResponse } from './ocsp-response.js';
import { namesNotPermitted, type EndpointNames } from './permitted-names.js';
import { jksTrustStore } from './jks.js';
import { PKCS12_PASSWORD, pkcs12TrustStore } from './pkcs12.js';
import { restoredAuthority, type StoredAuthority } from './stored-authority.js';
import { subjectHash } from './subject-hash.js';

/** What a server shows: a certificate with its key, and whether a client should go on after seeing it. */
export interface Credential {
  readonly recipe: RecipeName;
  /** Leaf first, then intermediates if any. */
  readonly certPem: string;
  readonly keyPem: string;
  /** The recipe is not faulty: chain, names and validity are right for the names asked for. */
  readonly trusted: boolean;
  /** An OCSP response to staple, DER. */
  readonly staple?: Buffer;
}

/** A certificate authority that lives as long as its session; its key never leaves memory. */
export interface Authority {
  /** The CA certificate as PEM text, constrained to lab names; where its key is kept, to loopback addresses too. */
  readonly pem: string;
  /** The file name that OpenSSL looks for in a certificate directory, such as `1a2b3c4d.0`. */
  readonly hashedName: string;
  /** A PKCS#12 trust store (Java and others) that holds the CA; its password is `PKCS12_PASSWORD`. */
  pkcs12(): Buffer;
  /** The same in Java's own format, with the same password. */
  jks(): Buffer;
  /** Issues by recipe; `dns[0]` (else `ip[0]`) is the one name of `cn-only`. `BAD_USAGE` for names that the CA may not certify. The same recipe, names and kind of key (the authority's by default) give the same certificate throughout the session. */
  issue(recipe: RecipeName, names: EndpointNames, keyType?: KeyType): Promise<Credential>;
}

/** Kind of keys: P-256, or RSA with 2048 bits for clients that know nothing else. */
export type KeyType = 'ec' | 'rsa';

/** What to create an authority for. */
export interface AuthorityOptions {
  readonly keyType?: KeyType;
  /**
   * Names and addresses to certify besides lab names and loopback, for endpoints that listen elsewhere. `any`: the CA is not limited to
   * names; only for a key that never leaves memory.
   */
  readonly alsoFor?: EndpointNames | 'any';
  /** An authority of an earlier session, to be used again; the names that it may certify are in its certificate. */
  readonly stored?: StoredAuthority;
  /** Its validity in days from now; by default it spans that of every recipe. */
  readonly days?: readonly [from: number, to: number];
  /** Called with a new authority, by those who keep it. */
  readonly onMade?: (made: StoredAuthority) => void;
}

/** Creates a session's authority. */
export const createAuthority = async ({
  keyType = 'ec',
  alsoFor = NO_NAMES,
  stored,
  days,
  onMade,
}: AuthorityOptions = {}): Promise<Authority> => {
  const [authorityKeys, leafKeys] = await Promise.all([newKeys(keyType), newKeys(keyType)]);
  // Who keeps the key has it for longer than a session: there the certificate limits addresses too.
  const addresses = onMade === undefined ? 'any' : 'named';
  const own =
    stored === undefined ? issueAuthority(authorityKeys, alsoFor, days, addresses) : await restoredAuthority(stored);
  if (stored === undefined) onMade?.({ pem: own.pem, keyPem: await privateKeyPem(authorityKeys) });
  const keysOf = new Map([[keyType, Promise.resolve(leafKeys)]]);
  const issued = new Map<string, Promise<Credential>>();
  let stranger: Promise<Signer> | undefined;

  const signerOf = (recipe: RecipeName): Promise<Signer> | Signer | undefined => {
    switch (RECIPES[recipe].signer) {
      case 'authority':
        return own;
      case 'stranger':
        return (stranger ??= newKeys(keyType).then((keys) => issueAuthority(keys, alsoFor, undefined, addresses)));
      case 'itself':
        return undefined;
    }
  };
  const issue = async (recipe: RecipeName, names: EndpointNames, type: KeyType): Promise<Credential> => {
    const made = keysOf.get(type) ?? newKeys(type);
    keysOf.set(type, made);
    const keys = await made;
    const certPem = issueLeaf({ recipe, names, keys, signer: await signerOf(recipe) });
    const { faulty, isRevoked } = RECIPES[recipe];
    return {
      recipe,
      certPem,
      keyPem: await privateKeyPem(keys),
      trusted: !faulty,
      ...(isRevoked && {
        staple: ocspResponse(certPem, KeyObject.from(own.keys.privateKey), { status: 'revoked' }, own.pem),
      }),
    };
  };

  return {
    pem: own.pem,
    hashedName: `${subjectHash(own.subject)}.0`,
    pkcs12: () => pkcs12TrustStore(own.der),
    jks: () => jksTrustStore(own.der, PKCS12_PASSWORD),
    issue: async (recipe, names, type = keyType) => {
      const outside = alsoFor === 'any' ? [] : namesNotPermitted(names, alsoFor);
      if (outside.length > 0) {
        throw new Fault(
          'BAD_USAGE',
          `a lab certificate is for lab names and loopback addresses, not for ${JSON.stringify(outside)}; ` +
            'name them when the authority is created (alsoFor)',
        );
      }
      const key = JSON.stringify([recipe, names.dns, names.ip, type]);
      const known = issued.get(key) ?? issue(recipe, names, type);
      issued.set(key, known);
      return known;
    },
  };
};

const newKeys = (type: KeyType): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHMS[type], true, ['sign', 'verify']);

const privateKeyPem = async (keys: CryptoKeyPair): Promise<string> => {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
};

type CryptoKeyPair = webcrypto.CryptoKeyPair;

const NO_NAMES: EndpointNames = { dns: [], ip: [] };

const ALGORITHMS = {
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
} as const;
