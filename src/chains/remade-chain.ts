import { createPublicKey, generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { dotted, element, elements, sequence, TAG, type DerElement } from '../tls/der.js';
import type { Chain } from './chain.js';

/**
 * Makes chains again with keys of ours, where a suite has no private key for a leaf, or means another time than now. Names,
 * extensions, serial numbers, key identifiers and signature algorithms stay; who signed whom stays too: what another key of the
 * chain verified is signed by that key's successor, anything else by a stranger. Roots are made once, and stay what they are.
 */
export class ChainRemaker {
  readonly #roots = new Map<string, Remade>();

  /** The chain made again, or why that cannot be done, in words. */
  remade(chain: Chain, now = new Date()): Chain | { readonly notApplicable: string } {
    try {
      return this.#remade(chain, chain.at === undefined ? 0 : now.getTime() - chain.at.getTime());
    } catch (error) {
      if (!(error instanceof CannotRemake)) throw error;
      return { notApplicable: `it cannot be made again with a key of ours: ${error.message}` };
    }
  }

  #remade(chain: Chain, shift: number): Chain {
    const roots = chain.roots.map((der) => this.#root(der, shift));
    const successors = new Map(roots.map(({ spki, key }) => [spki, key]));
    const known = new Map(chain.roots.map((der, index) => [der.toString('base64'), roots[index]]));
    const parsed = chain.certificates.map((der): Parts => partsOf(der));
    for (const part of parsed) if (!successors.has(part.spki)) successors.set(part.spki, successorOf(part.publicKey));
    const candidates = [...roots, ...parsed];
    const certificates = parsed.map(
      (part, index) =>
        known.get(chain.certificates[index]?.toString('base64') ?? '')?.der ??
        signed(part, shift, successors, signerOf(part, candidates)),
    );
    const [leaf] = parsed;
    const key = leaf && successors.get(leaf.spki);
    if (key === undefined) throw new CannotRemake('it has no leaf');
    return {
      ...chain,
      certificates,
      key: key.export({ type: 'pkcs8', format: 'der' }),
      roots: roots.map(({ der }) => der),
    };
  }

  #root(der: Buffer, shift: number): Remade {
    const name = `${der.toString('base64')} ${String(shift)}`;
    const known = this.#roots.get(name);
    if (known !== undefined) return known;
    const part = partsOf(der);
    const key = successorOf(part.publicKey);
    const successors = new Map([[part.spki, key]]);
    const made = { ...part, key, der: signed(part, shift, successors, signerOf(part, [part])) };
    // A suite may have a root for each of its cases.
    if (this.#roots.size >= MOST_ROOTS) this.#roots.clear();
    this.#roots.set(name, made);
    return made;
  }
}

class CannotRemake extends Error {}

/** A certificate of the suite, taken apart. */
interface Parts {
  readonly certificate: X509Certificate;
  /** Fields of its TBSCertificate. */
  readonly fields: readonly DerElement[];
  readonly at: { readonly validity: number; readonly spki: number };
  readonly algorithm: DerElement;
  /** Its key in base64, by which others find it. */
  readonly spki: string;
  readonly publicKey: KeyObject;
}

interface Remade extends Parts {
  readonly key: KeyObject;
  readonly der: Buffer;
}

const partsOf = (der: Buffer): Parts => {
  const [tbs, algorithm] = elements(elements(der)?.[0]?.contents ?? Buffer.alloc(0)) ?? [];
  const fields = elements(tbs?.contents ?? Buffer.alloc(0)) ?? [];
  // Version, where there is one; serial number, algorithm, issuer, validity, subject, key (RFC 5280 §4.1).
  const first = fields[0]?.tag === VERSION ? 1 : 0;
  const key = fields[first + 5];
  if (algorithm === undefined || key === undefined) throw new CannotRemake('a certificate is not well-formed');
  try {
    return {
      certificate: new X509Certificate(der),
      fields,
      at: { validity: first + 3, spki: first + 5 },
      algorithm,
      spki: key.encoding.toString('base64'),
      publicKey: createPublicKey({ key: key.encoding, format: 'der', type: 'spki' }),
    };
  } catch {
    throw new CannotRemake('a certificate or its key cannot be read');
  }
};

/** A new private key of the same kind. */
const successorOf = (key: KeyObject): KeyObject => {
  const { asymmetricKeyType: type = '', asymmetricKeyDetails: { namedCurve, modulusLength } = {} } = key;
  if (type === 'ec' && namedCurve !== undefined && CURVES.has(namedCurve))
    return generateKeyPairSync('ec', { namedCurve }).privateKey;
  if (type === 'rsa' && modulusLength !== undefined && modulusLength >= 512 && modulusLength <= LONGEST_RSA)
    return generateKeyPairSync('rsa', { modulusLength }).privateKey;
  if (type === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
  throw new CannotRemake(`keys of the kind ${type || 'unknown'} are not made here`);
};

/** Whose key verifies the signature: the first of those that bear the issuer's name, or of all; undefined where none does. */
const signerOf = (part: Parts, candidates: readonly Parts[]): Parts | undefined => {
  const verifies = (candidate: Parts): boolean => {
    try {
      return part.certificate.verify(candidate.publicKey);
    } catch {
      return false;
    }
  };
  const { issuer } = part.certificate;
  return (
    candidates.find((candidate) => candidate.certificate.subject === issuer && verifies(candidate)) ??
    candidates.find(verifies)
  );
};

const signed = (
  { fields, at, algorithm }: Parts,
  shift: number,
  successors: ReadonlyMap<string, KeyObject>,
  signer: Parts | undefined,
): Buffer => {
  const tbs = sequence(
    ...fields.map(({ encoding, contents }, index) => {
      if (index === at.spki) return spkiOf(successors, encoding.toString('base64'));
      return index === at.validity && shift !== 0 ? shifted(contents, shift) : encoding;
    }),
  );
  const [oid] = elements(algorithm.contents) ?? [];
  const method = METHODS[dotted(oid?.contents ?? Buffer.alloc(0))];
  if (method === undefined) throw new CannotRemake('its signature algorithm is not made here');
  const own = signer === undefined ? undefined : successors.get(signer.spki);
  // Nobody in the chain signed it: neither does anybody now.
  const key = own?.asymmetricKeyType === method.type ? own : strangerOf(method.type);
  const signature = sign(method.hash, tbs, key);
  return sequence(tbs, algorithm.encoding, element(TAG.bitString, Buffer.from([0]), signature));
};

const spkiOf = (successors: ReadonlyMap<string, KeyObject>, spki: string): Buffer => {
  const key = successors.get(spki);
  if (key === undefined) throw new CannotRemake('one of its keys is missing');
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
};

const strangers = new Map<string, KeyObject>();

const strangerOf = (type: Method['type']): KeyObject => {
  const known =
    strangers.get(type) ??
    (type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      : type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ed25519')
    ).privateKey;
  strangers.set(type, known);
  return known;
};

/** Both dates of a validity, moved by milliseconds, in the form that each of them has. */
const shifted = (contents: Buffer, shift: number): Buffer =>
  sequence(...(elements(contents) ?? []).map((date) => element(date.tag, Buffer.from(movedDate(date, shift)))));

const movedDate = ({ tag, contents }: DerElement, shift: number): string => {
  const text = contents.toString('latin1');
  const [, years = '', rest = ''] = (tag === UTC_TIME ? /^(\d{2})(\d{10})Z$/ : /^(\d{4})(\d{10})Z$/).exec(text) ?? [];
  const [month, day, hour, minute, second] = (rest.match(/\d\d/g) ?? []).map(Number);
  if (month === undefined) throw new CannotRemake('a date is not well-formed');
  // RFC 5280 §4.1.2.5.1: two digits of a year from 1950 to 2049.
  const year = years.length === 4 ? Number(years) : Number(years) + (Number(years) < 50 ? 2000 : 1900);
  const moved = new Date(Date.UTC(year, month - 1, day, hour, minute, second) + shift);
  const latest = tag === UTC_TIME ? 2049 : 9999;
  const earliest = tag === UTC_TIME ? 1950 : 0;
  if (moved.getUTCFullYear() > latest || moved.getUTCFullYear() < earliest) return text;
  const digits = moved.toISOString().replace(/\D/g, '').slice(0, 14);
  return `${tag === UTC_TIME ? digits.slice(2) : digits}Z`;
};

interface Method {
  readonly type: 'ec' | 'rsa' | 'ed25519';
  readonly hash: string | null;
}

const METHODS: Readonly<Record<string, Method>> = {
  '1.2.840.10045.4.1': { type: 'ec', hash: 'sha1' },
  '1.2.840.10045.4.3.2': { type: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { type: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { type: 'ec', hash: 'sha512' },
  '1.2.840.113549.1.1.4': { type: 'rsa', hash: 'md5' },
  '1.2.840.113549.1.1.5': { type: 'rsa', hash: 'sha1' },
  '1.2.840.113549.1.1.11': { type: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { type: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { type: 'rsa', hash: 'sha512' },
  '1.3.101.112': { type: 'ed25519', hash: null },
};

const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1', 'secp256k1']);
/** Bits: making longer keys takes seconds. */
const LONGEST_RSA = 4096;
const VERSION = 0xa0;
const UTC_TIME = 0x17;
const MOST_ROOTS = 16;
