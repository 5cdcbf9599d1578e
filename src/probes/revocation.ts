import { certificateStructure } from '../tls/certificate-structure.js';
import { inspectCertificate } from '../tls/inspect.js';
import { issuerOf } from '../tls/inspect-chain.js';
import { ocspRequest, statusInResponse, type RevocationStatus } from '../tls/ocsp.js';
import { statusInList } from '../tls/revocation-list.js';
import { dialogue } from './dialogue.js';
import { fetched, type Fetched } from './fetched.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved } from './probe.js';

/** What one responder or list says of the certificate. */
export interface RevocationWord {
  readonly by: 'OCSP' | 'CRL';
  /** Peer text. */
  readonly url: string;
  readonly status: RevocationStatus;
}

/** What the authority says of the certificate that the server presents under its first name. */
export interface RevocationFacts {
  readonly words: readonly RevocationWord[];
  readonly at?: Place;
}

/** Asks by the URLs in the certificate: a third party, which learns that somebody asks about it. */
export const revocation = defineProbe<RevocationFacts>({
  id: 'revocation',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { handshake, handshakeAt } = await context.facts(dialogue);
    const chain = handshake?.chain ?? [];
    const [leaf] = chain;
    const facts = leaf && inspectCertificate(leaf);
    const serial = leaf && certificateStructure(leaf)?.serial;
    if (facts === undefined || serial === undefined) throw new NotObserved('no certificate was seen');
    const ocsp = facts.ocspUrls.slice(0, MOST_URLS);
    const lists = facts.crlUrls.slice(0, MOST_URLS);
    if (ocsp.length + lists.length === 0)
      throw new NotObserved('the certificate names neither an OCSP responder nor a list of revoked certificates');
    const issuer = issuerOf(chain, { roots: context.roots });
    if (issuer === undefined) throw new NotObserved('the issuer is not known, and so its word cannot be checked');
    const limits = { timeout: context.patience.reply, namedBy: context.listener.address };
    const word = (by: RevocationWord['by'], url: string, came: Fetched): RevocationWord => ({
      by,
      url,
      status:
        'failure' in came
          ? { kind: 'unusable', why: came.failure }
          : (by === 'OCSP' ? statusInResponse : statusInList)(came.bytes, serial, issuer),
    });
    const post = { type: 'application/ocsp-request', bytes: ocspRequest(serial, issuer) };
    const words = await Promise.all([
      ...ocsp.map(async (url) => word('OCSP', url, await fetched(url, { ...limits, post, most: LARGEST_RESPONSE }))),
      ...lists.map(async (url) => word('CRL', url, await fetched(url, { ...limits, most: LARGEST_LIST }))),
    ]);
    return { words, ...(handshakeAt && { at: handshakeAt }) };
  },
});

const MOST_URLS = 2;
const LARGEST_RESPONSE = 64 * 1024;
const LARGEST_LIST = 16 * 1024 * 1024;
