import { createHash } from 'node:crypto';
import { rootCertificates } from 'node:tls';

import { certificateStructure } from './certificate-structure.js';
import { isSignedBy, nameMatch, parsedCertificate, type CertificateFacts, type ParsedCertificate } from './inspect.js';
import { permits } from './name-constraints.js';

/**
 * How the leaf is connected to a trust anchor.
 * `incomplete`: the issuer was not sent, but the certificate says where to fetch it; `unknown-issuer`: nothing leads further;
 * `untrusted-root`: a root was sent that is no anchor; `expired-issuer`: a path exists, but a CA on it is out of date;
 * `not-a-ca`: somebody on the path may not issue certificates (or not so deep, or not for servers); `names-not-permitted`: an
 * authority on the path may not certify a name of the leaf; `bad-signature`: an issuer of that
 * name was sent or is an anchor, but its key did not make the signature; `unreadable`: no leaf, or one that is no certificate.
 */
export type ChainStatus =
  | 'trusted'
  | 'self-signed'
  | 'unknown-issuer'
  | 'untrusted-root'
  | 'incomplete'
  | 'expired-issuer'
  | 'not-a-ca'
  | 'names-not-permitted'
  | 'bad-signature'
  | 'unreadable';

/** Facts of what a server sent as its chain. Validity and names of the leaf are separate findings and do not change `chain`. */
export interface ChainFacts {
  readonly chain: ChainStatus;
  readonly leaf?: CertificateFacts;
  /** Every certificate that could be read, as sent. */
  readonly certificates: readonly CertificateFacts[];
  /** The path that was found, leaf first; its last member is the anchor when trusted. */
  readonly path: readonly CertificateFacts[];
  /** `wrong`: the path needs another order than the one sent (RFC 5246 §7.4.2). */
  readonly chainOrder: 'right' | 'wrong';
  /** How many sent certificates the path does not need. */
  readonly superfluous: number;
  /** What was sent besides the leaf and is not needed, in the order sent. */
  readonly surplus: readonly Surplus[];
  readonly sendsRoot: boolean;
  /** Where it is trusted: the anchor is one that Node carries, or one that the user named. */
  readonly anchor?: 'system' | 'given';
  /** Absent when no name was asked about, or there is no leaf. */
  readonly nameMatches?: 'san' | 'cn-only' | 'no';
}

/**
 * A certificate that no client needs: sent a second time; the root, which clients have; a further path upwards; or one that
 * issued nothing of what was sent.
 */
export interface Surplus {
  readonly kind: 'again' | 'root' | 'another-path' | 'unrelated';
  readonly subject: string;
}

/** What to check a chain against. */
export interface ChainExpectation {
  /** `system`: the roots that Node carries; else PEM texts, each with any number of certificates. */
  readonly roots: 'system' | readonly string[];
  /** Name or IP address that the client wanted. */
  readonly servername?: string;
  readonly now?: Date;
}

/** The roots that Node carries, as PEM texts, to be used together with others. */
export const systemRoots = (): readonly string[] => rootCertificates;

/** Judges the chain that a server sent (DER, as sent). At most 16 certificates are looked at. */
export const inspectChain = (ders: readonly Buffer[], expectation: ChainExpectation): ChainFacts => {
  const now = expectation.now ?? new Date();
  const sent = ders.slice(0, MAX_SENT).map((der) => parsedCertificate(der, now));
  const readable = sent.filter((one) => one !== undefined);
  const leaf = sent[0];
  const certificates = readable.map(({ facts }) => facts);
  if (leaf === undefined) {
    const nothing = { path: [], superfluous: 0, surplus: [], sendsRoot: false };
    return { chain: 'unreadable', certificates, chainOrder: 'right', ...nothing };
  }
  const anchors = anchorsOf(expectation.roots === 'system' ? rootCertificates : expectation.roots);
  const { chain, path } = built({ leaf, sent: readable, anchors, now });
  const positions = path
    .map((one) => certificates.findIndex(({ fingerprintSha256 }) => fingerprintSha256 === one.fingerprintSha256))
    .filter((position) => position >= 0);
  return {
    chain,
    leaf: leaf.facts,
    certificates,
    path,
    chainOrder: positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? 0))
      ? 'right'
      : 'wrong',
    superfluous: certificates.length - positions.length,
    surplus: surplusOf(readable, path),
    sendsRoot: certificates.slice(1).some(({ isSelfSigned }) => isSelfSigned),
    ...(chain === 'trusted' && { anchor: isSystemRoot(path.at(-1)) ? ('system' as const) : ('given' as const) }),
    ...(expectation.servername === undefined ? {} : { nameMatches: nameMatch(leaf, expectation.servername) }),
  };
};

/** The certificate whose key signed the leaf, among those sent and the anchors; undefined where there is none. */
export const issuerOf = (
  ders: readonly Buffer[],
  { roots, now = new Date() }: ChainExpectation,
): ParsedCertificate | undefined => {
  const [leaf, ...sent] = ders.slice(0, MAX_SENT).map((der) => parsedCertificate(der, now));
  if (leaf === undefined) return undefined;
  const anchors = anchorsOf(roots === 'system' ? rootCertificates : roots);
  return [leaf, ...sent, ...candidates({ anchors, now }, leaf.structure.issuer)].find(
    (one) =>
      one?.structure.subject.equals(leaf.structure.issuer) === true && isSignedBy(leaf.certificate, one.certificate),
  );
};

const surplusOf = (sent: readonly ParsedCertificate[], path: readonly CertificateFacts[]): Surplus[] =>
  sent.flatMap((one, index): Surplus[] => {
    const { subject, fingerprintSha256: print, isSelfSigned } = one.facts;
    if (index === 0) return [];
    if (sent.slice(0, index).some(({ facts }) => facts.fingerprintSha256 === print))
      return [{ kind: 'again', subject }];
    const issued = sent.some((other) => other !== one && other.structure.issuer.equals(one.structure.subject));
    if (!issued) return [{ kind: 'unrelated', subject }];
    if (isSelfSigned) return [{ kind: 'root', subject }];
    return path.some(({ fingerprintSha256 }) => fingerprintSha256 === print) ? [] : [{ kind: 'another-path', subject }];
  });

const isSystemRoot = (anchor: CertificateFacts | undefined): boolean => {
  if (anchor === undefined) return false;
  systemPrints ??= new Set(rootCertificates.map((pem) => printOf(derOf(pem))));
  return systemPrints.has(anchor.fingerprintSha256);
};

const printOf = (der: Buffer): string => createHash('sha256').update(der).digest('hex');

const derOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[A-Z0-9 ]+-----/g, ''), 'base64');

interface PathSearch {
  readonly leaf: ParsedCertificate;
  readonly sent: readonly ParsedCertificate[];
  readonly anchors: ReadonlyMap<string, readonly Buffer[]>;
  readonly now: Date;
}

interface Path {
  readonly chain: ChainStatus;
  readonly path: readonly CertificateFacts[];
}

/** Looks for a faultless path first, then for one with a fault that can be named, then says where the best one ends. */
const built = (search: PathSearch): Path => {
  const { names } = search.leaf.facts;
  const mayName = ({ structure: { nameConstraints } }: ParsedCertificate): boolean =>
    nameConstraints === undefined || permits(nameConstraints, names);
  const good = anchored(search, (one, depth) => isIssuer(one, depth) && mayName(one) && one.facts.validity === 'valid');
  if (good) return { chain: 'trusted', path: good };
  const outdated = anchored(search, (one, depth) => isIssuer(one, depth) && mayName(one));
  if (outdated) return { chain: 'expired-issuer', path: outdated };
  const misnamed = anchored(search, isIssuer);
  if (misnamed) return { chain: 'names-not-permitted', path: misnamed };
  const unfit = anchored(search, () => true);
  if (unfit) return { chain: 'not-a-ca', path: unfit };
  const path = [...walk(search, () => true)].reduce((longest, one) => (one.length > longest.length ? one : longest));
  return {
    chain: isTampered(search, path) ? 'bad-signature' : deadEnd(path),
    path: path.map(({ facts }) => facts),
  };
};

/** Whether the path ends because a signature is wrong, although an issuer of that name was sent or is an anchor. */
const isTampered = (search: PathSearch, path: readonly ParsedCertificate[]): boolean => {
  const last = path.at(-1);
  if (last === undefined || last.facts.isSelfSigned) return false;

  const { issuer, issuerKeyId } = last.structure;
  // An authority of the same name that says it has another key is another authority.
  return [...search.sent, ...candidates(search, issuer)].some(
    ({ structure: { subject, keyId } }) =>
      subject.equals(issuer) && (issuerKeyId === undefined || (keyId?.equals(issuerKeyId) ?? true)),
  );
};

/**
 * RFC 5280 §6.1.4 (k) to (n): a CA, and not more CAs below it than it allows. Roots older than X.509v3 could not say so.
 * An authority's extended key usage bounds what it issues, as every TLS library sees it.
 */
const isIssuer = ({ structure, facts }: ParsedCertificate, casBelow: number): boolean =>
  (structure.isCa ?? facts.isSelfSigned) &&
  structure.mayCertify &&
  (structure.purposes?.some((purpose) => ISSUER_PURPOSES.includes(purpose)) ?? true) &&
  (structure.pathLength === undefined || casBelow <= structure.pathLength);

const deadEnd = (path: readonly ParsedCertificate[]): ChainStatus => {
  const last = path.at(-1)?.facts;
  if (last?.isSelfSigned) return path.length === 1 ? 'self-signed' : 'untrusted-root';
  return (last?.issuerUrls.length ?? 0) > 0 ? 'incomplete' : 'unknown-issuer';
};

type IssuerTest = (issuer: ParsedCertificate, casBelow: number) => boolean;

const anchored = (search: PathSearch, test: IssuerTest): CertificateFacts[] | undefined => {
  for (const path of walk(search, test)) {
    const last = path.at(-1);
    const facts = path.map((one) => one.facts);
    if (last === undefined) continue;
    const isAnchor = candidates(search, last.structure.subject).some(
      ({ facts: one }) => one.fingerprintSha256 === last.facts.fingerprintSha256,
    );
    if (isAnchor) return facts;
    const anchor = candidates(search, last.structure.issuer).find(
      (one) => isSignedBy(last.certificate, one.certificate) && test(one, path.length - 1),
    );
    if (anchor) return [...facts, anchor.facts];
  }
  return undefined;
};

/** All paths upwards from the leaf through sent certificates, shortest first; each certificate is visited once, so the work is bounded. */
function* walk({ leaf, sent }: PathSearch, test: IssuerTest): Generator<ParsedCertificate[]> {
  const visited = new Set([leaf]);
  const waiting = [[leaf]];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    yield path;
    const last = path.at(-1);
    for (const issuer of sent) {
      if (last === undefined || visited.has(issuer) || !issuer.structure.subject.equals(last.structure.issuer))
        continue;
      if (!isSignedBy(last.certificate, issuer.certificate) || !test(issuer, path.length - 1)) continue;
      visited.add(issuer);
      waiting.push([...path, issuer]);
    }
  }
}

const candidates = ({ anchors, now }: Pick<PathSearch, 'anchors' | 'now'>, subject: Buffer): ParsedCertificate[] =>
  (anchors.get(subject.toString('hex')) ?? [])
    .map((der) => parsedCertificate(der, now))
    .filter((one) => one !== undefined);

/** Anchors by subject. */
const anchorsOf = (texts: readonly string[]): ReadonlyMap<string, readonly Buffer[]> => {
  const known = INDEXED.get(texts);
  if (known) return known;
  const anchors = new Map<string, Buffer[]>();
  for (const pem of texts.flatMap((text) => text.match(PEM) ?? [])) {
    const der = derOf(pem);
    const subject = certificateStructure(der)?.subject.toString('hex');
    if (subject !== undefined) anchors.set(subject, [...(anchors.get(subject) ?? []), der]);
  }
  INDEXED.set(texts, anchors);
  return anchors;
};

// serverAuth, any, and what old authorities have in its place (Netscape's).
const ISSUER_PURPOSES = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0', '2.16.840.1.113730.4.1'];
let systemPrints: ReadonlySet<string> | undefined;
const MAX_SENT = 16;
const PEM = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;
// Indexing the system's roots once is enough; the key is the list itself.
const INDEXED = new WeakMap<readonly string[], ReadonlyMap<string, readonly Buffer[]>>();
