import { randomBytes, webcrypto } from 'node:crypto';

import { AUTHORITY_DAYS, RECIPES, WRONG_NAME, type RecipeName } from './certificate-recipes.js';
import { permittedNames, type EndpointNames } from './permitted-names.js';
import { x509Library } from './x509-library.js';

/** Who signs leaves: a CA certificate with its keys. */
export interface Signer {
  readonly pem: string;
  readonly der: Buffer;
  /** The DER encoding of its subject. */
  readonly subject: Buffer;
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

/** Issues a CA certificate to itself: no intermediates below it; only lab names, loopback and `further` names, or `any` name. */
export const issueAuthority = async (
  keys: webcrypto.CryptoKeyPair,
  further: EndpointNames | 'any',
  days: readonly [from: number, to: number] = AUTHORITY_DAYS,
): Promise<Signer> => {
  const x509 = x509Library();
  const name = `O=Waxseal, CN=Waxseal lab CA ${randomBytes(6).toString('hex')}`;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...validity(days),
      serialNumber: serialNumber(),
      name,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        ...(further === 'any' ? [] : [new x509.Extension(NAME_CONSTRAINTS, true, permittedNames(further))]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );
  return {
    pem: `${certificate.toString('pem')}\n`,
    der: Buffer.from(certificate.rawData),
    subject: Buffer.from(certificate.subjectName.toArrayBuffer()),
    name,
    keys,
  };
};

/** One leaf to issue; without a signer it signs itself. */
export interface LeafOrder {
  readonly recipe: RecipeName;
  readonly names: EndpointNames;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signer: Signer | undefined;
}

/** Issues a leaf certificate by recipe, as PEM text. */
export const issueLeaf = async ({ recipe, names, keys, signer }: LeafOrder): Promise<string> => {
  const x509 = x509Library();
  const carried = carriedNames(recipe, names);
  const subject = carried.common === undefined ? 'O=Waxseal' : `O=Waxseal, CN=${carried.common}`;
  const usage =
    x509.KeyUsageFlags.digitalSignature |
    (keys.publicKey.algorithm.name === 'ECDSA' ? 0 : x509.KeyUsageFlags.keyEncipherment);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...validity(RECIPES[recipe].days),
      serialNumber: serialNumber(),
      subject,
      issuer: signer?.name ?? subject,
      publicKey: keys.publicKey,
      signingKey: (signer?.keys ?? keys).privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usage, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create((signer?.keys ?? keys).publicKey),
        ...(carried.alternative.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(carried.alternative)]),
      ],
    },
    webcrypto,
  );
  return `${certificate.toString('pem')}\n`;
};

interface CarriedNames {
  common: string | undefined;
  alternative: { type: 'dns' | 'ip'; value: string }[];
}

const carriedNames = (recipe: RecipeName, { dns, ip }: EndpointNames): CarriedNames => {
  switch (RECIPES[recipe].names) {
    case 'subject-alt-names':
      // The common name repeats a DNS name only: GnuTLS measures it against the DNS constraints.
      return {
        common: dns[0],
        alternative: [
          ...dns.map((value) => ({ type: 'dns' as const, value })),
          ...ip.map((value) => ({ type: 'ip' as const, value })),
        ],
      };
    case 'common-name':
      return { common: dns[0] ?? ip[0], alternative: [] };
    case 'wrong':
      return { common: WRONG_NAME, alternative: [{ type: 'dns', value: WRONG_NAME }] };
    case 'localhost':
      return { common: 'localhost', alternative: [{ type: 'dns', value: 'localhost' }] };
  }
};

const validity = ([from, to]: readonly [number, number]): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(Date.now() + from * DAY),
  notAfter: new Date(Date.now() + to * DAY),
});

// RFC 5280 §4.1.2.2: positive and at most 20 octets.
const serialNumber = (): string => {
  const octets = randomBytes(16);
  octets[0] = 0x40 | ((octets[0] ?? 0) & 0x3f);
  return octets.toString('hex');
};

const DAY = 86_400_000;
const NAME_CONSTRAINTS = '2.5.29.30';
