import { createHash, X509Certificate } from 'node:crypto';
import type { TlsaData } from '../dns/record.js';
import type { TlsaFacts } from '../domain-checks/facts.js';
import { inspectChain } from '../tls/inspect-chain.js';

/** Whether a record matches a chain as it was sent (DER, leaf first) under one of the names (RFC 7671 §4, RFC 7672 §3.1). */
export const tlsaFacts = (
  { usage, selector, matchingType, certificate }: TlsaData,
  chain: readonly Buffer[] | undefined,
  name: string,
): TlsaFacts => {
  const told = { usage, selector, matchingType };
  if ((usage !== 2 && usage !== 3) || selector > 1 || matchingType > 2) return { ...told, match: 'unused' };
  if (chain?.[0] === undefined) return { ...told, match: 'unseen' };
  const isMatch = (der: Buffer): boolean => associated(der, selector, matchingType)?.equals(certificate) === true;
  if (usage === 3) return { ...told, match: isMatch(chain[0]) ? 'matches' : 'differs' };
  // An anchor signs the leaf, through what was sent, and the name is verified too (RFC 7672 §3.1.2).
  const anchor = chain.slice(1).find(isMatch);
  if (anchor === undefined) return { ...told, match: 'differs' };
  const { chain: trust, nameMatches, leaf } = inspectChain(chain, { roots: [pemOf(anchor)], servername: name });
  const isGood = trust === 'trusted' && nameMatches === 'san' && leaf?.validity === 'valid';
  return { ...told, match: isGood ? 'matches' : 'differs' };
};

const associated = (der: Buffer, selector: number, matchingType: number): Buffer | undefined => {
  try {
    const data = selector === 0 ? der : new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' });
    return matchingType === 0
      ? data
      : createHash(matchingType === 1 ? 'sha256' : 'sha512')
          .update(data)
          .digest();
  } catch {
    return undefined;
  }
};

const pemOf = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
