import { createHash, webcrypto } from 'node:crypto';
import type { Extension } from '@peculiar/x509';
import { signedWithMd5 } from './md5-signature.js';
import { x509Library } from '../tls/x509-library.js';

/** One certificate of a made chain: what differs from a usual one. */
export interface Link {
  /** basicConstraints; those of its place by default. */
  readonly basic?: 'absent' | { readonly ca: boolean; readonly pathLength?: number; readonly critical?: false };
  /** Bits of the key usage; those of its place by default. */
  readonly usage?: 'absent' | readonly Usage[];
  /** Extended key usages, dotted; `serverAuth` in a leaf by default, none in an authority. */
  readonly purposes?: readonly string[];
  readonly purposesCritical?: true;
  /** Further extensions. */
  readonly further?: readonly RawExtension[];
  /** Of a leaf: DNS names and IP addresses; the chain's host by default. */
  readonly names?: readonly { readonly type: 'dns' | 'ip'; readonly value: string }[];
  /** Of a leaf: the common name; none by default. */
  readonly commonName?: string;
  /** Of a leaf: its subject is empty. */
  readonly noSubject?: true;
  /** Its key; P-256 by default. */
  readonly key?: LeafKey;
  /** Days from now; -1 to 7 by default. */
  readonly days?: readonly [from: number, to: number];
  /** Of its signature; SHA-256 by default. MD5 needs an issuer with an RSA key. */
  readonly hash?: 'SHA-1' | 'MD5';
  /** Signed by a key that nobody knows, under its issuer's name. */
  readonly forged?: true;
  /** One bit of its signature is changed. */
  readonly damaged?: true;
  /** Another subject above it is named as its issuer. */
  readonly misnamedIssuer?: true;
  /** Subject and issuer are the same name, as in a change of keys. */
  readonly selfIssued?: true;
}

/** Kinds of keys, RSA with its length in bits. */
export type LeafKey = 'rsa-512' | 'rsa-768' | 'rsa-1024' | 'rsa-2048' | 'rsa-4096' | 'p-384' | 'ed25519';

export type Usage = 'digitalSignature' | 'keyAgreement' | 'keyCertSign' | 'cRLSign' | 'dataEncipherment';

/** An extension by its dotted OID, its contents in DER. */
export interface RawExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

/** What a chain is made of, from the authority below the root to the leaf, which is the last. */
export interface ChainOrder {
  readonly host: { readonly type: 'dns' | 'ip'; readonly value: string };
  readonly links: readonly Link[];
}

/** Issues chains below one root. Names and serial numbers follow from the seed; keys are new each time, and never leave memory. */
export class ChainIssuer {
  /** The root, DER. */
  readonly root: Buffer;
  /** PKCS#8 of every leaf, DER. */
  readonly leafKey: Buffer;
  readonly #seed: string;
  readonly #rootName: string;
  readonly #keys: Keys;
  readonly #others = new Map<LeafKey, Promise<CryptoKeyPair>>();
  readonly #issued = new Map<string, Promise<Buffer>>();

  private constructor(seed: string, keys: Keys, root: Buffer, rootName: string, leafKey: Buffer) {
    this.#seed = seed;
    this.#keys = keys;
    this.root = root;
    this.#rootName = rootName;
    this.leafKey = leafKey;
  }

  static async create(seed: string): Promise<ChainIssuer> {
    const [root, stranger, leaf, ...authorities] = await Promise.all(
      Array.from({ length: 3 + MOST_DEPTH }, () => newKeys()),
    );
    if (root === undefined || stranger === undefined || leaf === undefined) throw new Error('no keys');
    const keys: Keys = { root, stranger, leaf, authorities };
    const name = `O=Waxseal, CN=Waxseal chain root ${serialOf(seed, 'root').slice(2, 14)}`;
    const certificate = await certified(
      { basic: { ca: true } },
      { subject: name, issuer: name, keys: root, signer: root, serial: serialOf(seed, 'root'), isLeaf: false },
    );
    const leafKey = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', leaf.privateKey));
    return new ChainIssuer(seed, keys, certificate, name, leafKey);
  }

  /** The certificates of a chain without its root, DER, leaf first. What two chains have in common is issued once. */
  async issue({ host, links }: ChainOrder): Promise<Buffer[]> {
    const made: Buffer[] = [];
    let above: { readonly name: string; readonly keys: CryptoKeyPair; readonly kind?: LeafKey | undefined } = {
      name: this.#rootName,
      keys: this.#keys.root,
    };
    for (const [index, link] of links.entries()) {
      const isLeaf = index === links.length - 1;
      const subject = isLeaf
        ? leafSubject(link)
        : link.selfIssued === true
          ? above.name
          : `O=Waxseal, CN=Waxseal chain authority ${String(index + 1)}`;
      const keys =
        isLeaf || link.key !== undefined
          ? await this.#keysOf(link.key)
          : (this.#keys.authorities[index] ?? this.#keys.stranger);
      const description = JSON.stringify([index, isLeaf, above.name, link, isLeaf ? host : '', above.kind]);
      const issued =
        this.#issued.get(description) ??
        certified(link, {
          subject,
          issuer: link.misnamedIssuer === true ? `${above.name} misnamed` : above.name,
          keys,
          signer: link.forged === true ? this.#keys.stranger : above.keys,
          authority: above.keys,
          serial: serialOf(this.#seed, description),
          isLeaf,
          names: isLeaf ? (link.names ?? [host]) : [],
        });
      this.#issued.set(description, issued);
      made.unshift(await issued);
      above = { name: subject, keys, kind: link.key };
    }
    return made;
  }

  /** The private key of a leaf of this kind: PKCS#8, DER. */
  async leafKeyOf(kind: LeafKey | undefined): Promise<Buffer> {
    if (kind === undefined) return this.leafKey;
    const { privateKey } = await this.#keysOf(kind);
    return Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey));
  }

  #keysOf(kind: LeafKey | undefined): Promise<CryptoKeyPair> {
    if (kind === undefined) return Promise.resolve(this.#keys.leaf);
    const known = this.#others.get(kind) ?? newKeys(kind);
    this.#others.set(kind, known);
    return known;
  }

  /** A certificate that looks like the root, by another key. */
  lookalike(): Promise<Buffer> {
    const { stranger, root } = this.#keys;
    return certified(
      { basic: { ca: true } },
      {
        subject: this.#rootName,
        issuer: this.#rootName,
        keys: stranger,
        identifiedAs: root,
        signer: stranger,
        serial: serialOf(this.#seed, 'lookalike'),
        isLeaf: false,
      },
    );
  }
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

interface Keys {
  readonly root: CryptoKeyPair;
  readonly stranger: CryptoKeyPair;
  readonly leaf: CryptoKeyPair;
  readonly authorities: readonly CryptoKeyPair[];
}

interface Place {
  readonly subject: string;
  readonly issuer: string;
  readonly keys: CryptoKeyPair;
  readonly signer: CryptoKeyPair;
  /** Whose key identifier stands in it as its issuer's; the signer's by default. */
  readonly authority?: CryptoKeyPair;
  /** Whose key identifier it claims; its own by default. */
  readonly identifiedAs?: CryptoKeyPair;
  readonly serial: string;
  readonly isLeaf: boolean;
  readonly names?: NonNullable<Link['names']>;
}

const certified = async (link: Link, place: Place): Promise<Buffer> => {
  const x509 = x509Library();
  const { basic = { ca: !place.isLeaf }, usage = place.isLeaf ? LEAF_USAGE : AUTHORITY_USAGE } = link;
  const { purposes = place.isLeaf ? [x509.ExtendedKeyUsage.serverAuth] : [], days: [from, to] = [-1, 7] } = link;
  const { names = [] } = place;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: place.subject,
      issuer: place.issuer,
      serialNumber: place.serial,
      notBefore: new Date(Date.now() + from * DAY),
      notAfter: new Date(Date.now() + to * DAY),
      publicKey: place.keys.publicKey,
      signingKey: place.signer.privateKey,
      signingAlgorithm: {
        name: place.signer.privateKey.algorithm.name,
        hash: link.hash === 'SHA-1' ? link.hash : 'SHA-256',
      },
      extensions: [
        ...(basic === 'absent'
          ? []
          : [new x509.BasicConstraintsExtension(basic.ca, basic.pathLength, basic.critical ?? true)]),
        ...(usage === 'absent'
          ? []
          : [
              new x509.KeyUsagesExtension(
                usage.reduce((bits, each) => bits | x509.KeyUsageFlags[each], 0),
                true,
              ),
            ]),
        ...(purposes.length === 0
          ? []
          : [new x509.ExtendedKeyUsageExtension([...purposes], link.purposesCritical ?? false)]),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension([...names])]),
        ...(await Promise.all([
          identifierOf((place.identifiedAs ?? place.keys).publicKey, 'subject'),
          identifierOf((place.authority ?? place.signer).publicKey, 'authority'),
        ])),
        ...(link.further ?? []).map(({ oid, critical, value }) => new x509.Extension(oid, critical, value)),
      ],
    },
    webcrypto,
  );
  const issued = Buffer.from(certificate.rawData);
  const der = link.hash === 'MD5' ? signedWithMd5(issued, place.signer.privateKey) : issued;
  // The last octet belongs to a number: the signature stays well-formed, and is wrong.
  if (link.damaged === true) der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
  return der;
};

/** The extension that names a key by its hash; hundreds of chains have a few keys in common. */
const identifierOf = (key: webcrypto.CryptoKey, of: 'subject' | 'authority'): Promise<Extension> => {
  const known = IDENTIFIERS[of].get(key);
  if (known !== undefined) return known;
  const { SubjectKeyIdentifierExtension, AuthorityKeyIdentifierExtension } = x509Library();
  const made: Promise<Extension> =
    of === 'subject' ? SubjectKeyIdentifierExtension.create(key) : AuthorityKeyIdentifierExtension.create(key);
  IDENTIFIERS[of].set(key, made);
  return made;
};
const IDENTIFIERS = {
  subject: new WeakMap<webcrypto.CryptoKey, Promise<Extension>>(),
  authority: new WeakMap<webcrypto.CryptoKey, Promise<Extension>>(),
};

const leafSubject = ({ commonName, noSubject }: Link): string => {
  if (noSubject === true) return '';
  return `O=Waxseal${commonName === undefined ? '' : `, CN=${commonName}`}`;
};

const newKeys = async (kind: LeafKey | 'p-256' = 'p-256'): Promise<CryptoKeyPair> => {
  const uses = ['sign', 'verify'] as const;
  const [, bits] = /^rsa-(\d+)$/.exec(kind) ?? [];
  if (bits !== undefined)
    return webcrypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: Number(bits),
        publicExponent: Uint8Array.of(1, 0, 1),
      },
      true,
      [...uses],
    );
  if (kind === 'ed25519') return (await webcrypto.subtle.generateKey('Ed25519', true, [...uses])) as CryptoKeyPair;
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: kind.toUpperCase() }, true, [...uses]);
};

/** RFC 5280 §4.1.2.2: positive, at most 20 octets. */
const serialOf = (seed: string, name: string): string =>
  `4${createHash('sha256').update(`${seed}\0${name}`).digest('hex').slice(0, 31)}`;

const LEAF_USAGE: readonly Usage[] = ['digitalSignature'];
const AUTHORITY_USAGE: readonly Usage[] = ['keyCertSign', 'cRLSign'];
const MOST_DEPTH = 6;
const DAY = 86_400_000;
