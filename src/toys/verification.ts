import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Handshake } from '../wire/upgrade.js';
import type { Habits } from './habits.js';

/** Whether a toy with these habits goes on with the peer of a completed handshake; `reference` is the name or address it wanted. */
export const acceptsPeer = (peer: Handshake, reference: string, habits: Habits): boolean => {
  const chain = isChainRight(peer);
  const name = isNameRight(peer, reference, habits);
  switch (habits.verifies) {
    case 'never':
      return true;
    case 'chain-only':
      return chain;
    case 'name-only':
      return name;
    case 'not-the-dates':
      return name && (chain || DATES.has(peer.authorizationError ?? ''));
    case 'in-handshake':
    case 'after-handshake':
      return chain && name;
  }
};

/** Node looks at names only once the chain has verified, and calls a mismatch an error of its own. */
const isChainRight = (peer: Handshake): boolean =>
  peer.authorized === true || peer.authorizationError === 'ERR_TLS_CERT_ALTNAME_INVALID';

/** Node itself accepts a name in the CN where there are no others, so it is not asked. */
const isNameRight = (peer: Handshake, reference: string, habits: Habits): boolean => {
  const [leaf] = peer.chain ?? [];
  if (leaf === undefined) return false;
  const certificate = new X509Certificate(leaf);
  const hasHost = (name: string): boolean => certificate.checkHost(name, { subject: 'never' }) !== undefined;
  if (habits.acceptsCommonName && certificate.subject.split('\n').includes(`CN=${reference}`)) return true;
  if (isIP(reference) === 0) return hasHost(reference);
  if (certificate.checkIP(reference) !== undefined) return true;
  return habits.acceptsLocalhostForIp && /^(?:127\.|::1$)/.test(reference) && hasHost('localhost');
};

const DATES: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
