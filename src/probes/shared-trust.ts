import { inspectChain, type ChainFacts } from '../tls/inspect-chain.js';
import { nameMatch, parsedCertificate } from '../tls/inspect.js';
import type { ProbeContext } from './probe.js';

/**
 * Whether a client that accepts the chain of one port (`own`) accepts that of another one too, and whether they have the same leaf;
 * undefined where it does not. What is told to trust one certificate whatever it says trusts no other one for that.
 */
export const sharedTrust = (
  { roots, names: [servername] }: Pick<ProbeContext, 'roots' | 'names'>,
  own: readonly Buffer[] | undefined,
  other: readonly Buffer[] | undefined,
): { readonly isSameCertificate: boolean } | undefined => {
  const [mine, theirs] = [own?.[0], other?.[0]];
  if (own === undefined || other === undefined || mine === undefined || theirs === undefined) return undefined;
  if (mine.equals(theirs)) return { isSameCertificate: true };
  const [here, there] = [own, other].map((ders) => inspectChain(ders, { roots, servername }));
  if (here === undefined || there?.leaf?.validity !== 'valid') return undefined;
  const isTrusted = there.chain === 'trusted' || isOfSameIssuer(here, there);
  const isNamed = there.nameMatches === 'san' || (here.nameMatches !== 'san' && haveNameInCommon(mine, theirs));
  return isTrusted && isNamed ? { isSameCertificate: false } : undefined;
};

/** The authority is unknown to us, but whoever trusts one of them trusts both. */
const isOfSameIssuer = (here: ChainFacts, there: ChainFacts): boolean =>
  AUTHORITY_UNKNOWN.has(here.chain) &&
  AUTHORITY_UNKNOWN.has(there.chain) &&
  here.leaf?.isSelfSigned === false &&
  here.leaf.issuer === there.leaf?.issuer;

/** What was audited by another name than the certificates have is used by clients under theirs. */
const haveNameInCommon = (mine: Buffer, theirs: Buffer): boolean => {
  const now = new Date();
  const [here, there] = [parsedCertificate(mine, now), parsedCertificate(theirs, now)];
  if (here === undefined || there === undefined) return false;
  return (
    here.facts.names.dns.some((name) => there.facts.names.dns.includes(name) || nameMatch(there, name) === 'san') ||
    there.facts.names.dns.some((name) => nameMatch(here, name) === 'san')
  );
};

const AUTHORITY_UNKNOWN: ReadonlySet<ChainFacts['chain']> = new Set(['unknown-issuer', 'untrusted-root', 'incomplete']);
