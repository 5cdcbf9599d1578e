import { KeyObject, randomBytes, type webcrypto } from 'node:crypto';

import { AUTHORITY_DAYS, RECIPES, WRONG_NAME, type RecipeName } from './certificate-recipes.js';
import { permittedNames, type EndpointNames, type PermittedAddresses } from './permitted-names.js';
import {
  alternativeNames,
  authorityKeyIdentifier,
  basicConstraints,
  certificatePem,
  distinguishedName,
  extension,
  forServers,
  keyUsage,
  subjectKeyIdentifier,
  writtenCertificate,
} from './certificate-writer.js';

/** Who signs leaves: a CA certificate with its keys. */
export interface Signer {
  readonly pem: string;
  readonly der: Buffer;
  /** The DER encoding of its subject. */
  readonly subject: Buffer;
  readonly keys: webcrypto.CryptoKeyPair;
}

/** Issues a CA certificate to itself: no intermediates below it; only lab names, loopback and `further` names, or `any` name. Of addresses, only those `named`, or `any`. */
export const issueAuthority = (
  keys: webcrypto.CryptoKeyPair,
  further: EndpointNames | 'any',
  days: readonly [from: number, to: number] = AUTHORITY_DAYS,
  addresses: PermittedAddresses = 'named',
): Signer => {
  const subject = distinguishedName('Waxseal', `Waxseal lab CA ${randomBytes(6).toString('hex')}`);
  const publicKey = KeyObject.from(keys.publicKey);
  const der = writtenCertificate({
    ...validity(days),
    subject,
    issuer: subject,
    publicKey,
    signingKey: KeyObject.from(keys.privateKey),
    extensions: [
      basicConstraints('authority'),
      keyUsage('keyCertSign', 'cRLSign'),
      ...(further === 'any' ? [] : [extension(NAME_CONSTRAINTS, true, permittedNames(further, addresses))]),
      subjectKeyIdentifier(publicKey),
    ],
  });
  return { pem: certificatePem(der), der, subject, keys };
};

/** One leaf to issue; without a signer it signs itself. */
export interface LeafOrder {
  readonly recipe: RecipeName;
  readonly names: EndpointNames;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signer: Signer | undefined;
}

/** Issues a leaf certificate by recipe, as PEM text. */
export const issueLeaf = ({ recipe, names, keys, signer }: LeafOrder): string => {
  const { common, dns, ip } = carriedNames(recipe, names);
  const subject = distinguishedName('Waxseal', common);
  const publicKey = KeyObject.from(keys.publicKey);
  const signing = signer?.keys ?? keys;
  return certificatePem(
    writtenCertificate({
      ...validity(RECIPES[recipe].days),
      subject,
      issuer: signer?.subject ?? subject,
      publicKey,
      signingKey: KeyObject.from(signing.privateKey),
      extensions: [
        basicConstraints('leaf'),
        publicKey.asymmetricKeyType === 'ec'
          ? keyUsage('digitalSignature')
          : keyUsage('digitalSignature', 'keyEncipherment'),
        forServers(),
        subjectKeyIdentifier(publicKey),
        authorityKeyIdentifier(KeyObject.from(signing.publicKey)),
        ...(dns.length + ip.length === 0 ? [] : [alternativeNames(dns, ip)]),
      ],
    }),
  );
};

interface CarriedNames extends EndpointNames {
  readonly common: string | undefined;
}

const carriedNames = (recipe: RecipeName, { dns, ip }: EndpointNames): CarriedNames => {
  switch (RECIPES[recipe].names) {
    case 'subject-alt-names':
      // The common name repeats a DNS name only: GnuTLS measures it against the DNS constraints.
      return { common: dns[0], dns, ip };
    case 'common-name':
      return { common: dns[0] ?? ip[0], dns: [], ip: [] };
    case 'wrong':
      return { common: WRONG_NAME, dns: [WRONG_NAME], ip: [] };
    case 'localhost':
      return { common: 'localhost', dns: ['localhost'], ip: [] };
  }
};

const validity = ([from, to]: readonly [number, number]): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(Date.now() + from * DAY),
  notAfter: new Date(Date.now() + to * DAY),
});

const DAY = 86_400_000;
const NAME_CONSTRAINTS = '2.5.29.30';
