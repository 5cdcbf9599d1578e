import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { parsedCertificate } from '../tls/inspect.js';
import { statusInResponse } from '../tls/ocsp.js';
import type { Handshake } from '../wire/upgrade.js';

/** Whether a careful client goes on with the peer of a completed handshake; `reference` is the name or address that it wanted. */
export const isRightPeer = (peer: Handshake, reference: string): boolean =>
  hasRightChain(peer) && hasRightName(peer, reference);

/** The chain ends at a trusted authority and is in date. Node looks at names only after that, and calls a mismatch an error of its own. */
export const hasRightChain = (peer: Handshake): boolean =>
  peer.authorized === true || peer.authorizationError === 'ERR_TLS_CERT_ALTNAME_INVALID';

/** A subject alternative name is the one wanted. Node itself accepts a common name where there are no others, so it is not asked. */
export const hasRightName = (peer: Handshake, reference: string): boolean => {
  const certificate = leafOf(peer);
  if (certificate === undefined) return false;
  return isIP(reference) === 0
    ? certificate.checkHost(reference, { subject: 'never' }) !== undefined
    : certificate.checkIP(reference) !== undefined;
};

/** Nothing is wrong with the chain but its dates. */
export const isOutOfDate = ({ authorizationError }: Handshake): boolean => DATES.has(authorizationError ?? '');

/** The server stapled the word of the authority (PEM) that the certificate is revoked. */
export const isRevoked = ({ staple, chain }: Handshake, authority: string): boolean => {
  const [leaf] = chain ?? [];
  if (staple === undefined || leaf === undefined) return false;
  const [certificate, issuer] = [leaf, new X509Certificate(authority).raw].map((der) =>
    parsedCertificate(der, new Date()),
  );
  return (
    certificate !== undefined &&
    issuer !== undefined &&
    statusInResponse(staple, certificate.structure.serial, issuer).kind === 'revoked'
  );
};

/** The common name is the one wanted (RFC 7817 permits it to count, RFC 9525 forbids it). */
export const hasCommonName = (peer: Handshake, reference: string): boolean =>
  leafOf(peer)?.subject.split('\n').includes(`CN=${reference}`) === true;

const leafOf = ({ chain }: Handshake): X509Certificate | undefined =>
  chain?.[0] === undefined ? undefined : new X509Certificate(chain[0]);

const DATES: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
