import { inspectChain, systemRoots } from '../tls/inspect-chain.js';
import { parsedCertificate, nameMatch } from '../tls/inspect.js';
import type { TlsFacts } from './tls-session.js';

/** What is wrong with a certificate, for an onlooker outside. */
export interface CertificateFault {
  /** Completes “the certificate is …”. */
  readonly what: string;
  /** Of the leaf; the peer's text. */
  readonly subject: string;
}

/**
 * What is visibly wrong with the certificate of a session: out of date when it was used, for another name than the client asked for,
 * or, where anchors are named, issued by nobody who may. Without anchors a private authority cannot be told from a forger.
 */
export const certificateFault = (
  { certificates, hello }: TlsFacts,
  { at, anchors }: { readonly at: number; readonly anchors?: readonly string[] | undefined },
): CertificateFault | undefined => {
  const [first] = certificates ?? [];
  if (certificates === undefined || first === undefined) return undefined;
  const now = new Date(at);
  const leaf = parsedCertificate(first, now);
  if (leaf === undefined) return { what: 'unreadable', subject: '' };
  const { subject, validity } = leaf.facts;
  const servername = hello?.servername;
  // Captures without times begin in 1970.
  if (validity !== 'valid' && at >= EARLIEST)
    return { what: validity === 'expired' ? 'expired' : 'not valid yet', subject };
  if (servername !== undefined && nameMatch(leaf, servername) === 'no')
    return { what: 'for another name than the client asked for', subject };
  if (anchors === undefined) return undefined;
  const { chain } = inspectChain(certificates, { roots: [...systemRoots(), ...anchors], now });
  return chain === 'trusted' ? undefined : { what: CHAIN_WORDS[chain], subject };
};

const CHAIN_WORDS = {
  'self-signed': 'self-signed',
  'unknown-issuer': 'of an unknown issuer',
  'untrusted-root': 'of an untrusted root',
  incomplete: 'of an issuer that was not sent',
  'expired-issuer': 'of an expired issuer',
  'not-a-ca': 'issued by a certificate that may not issue any',
  'names-not-permitted': 'for a name that its issuer may not certify',
  'bad-signature': 'not signed by its issuer',
  unreadable: 'unreadable',
} as const;

/** Milliseconds since 1970: a day. */
const EARLIEST = 86_400_000;
