import type { CertificateFacts } from '../tls/inspect.js';
import { inspectChain, type ChainFacts } from '../tls/inspect-chain.js';
import { measurableHandshake } from './dialogue.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved } from './probe.js';
import { callAtThreshold } from './threshold.js';

/** The certificates of a server that has one for RSA and one for ECDSA. */
export interface OtherCertificateFacts {
  /** What an ordinary client gets. */
  readonly usual: ChainFacts;
  /** The key of the usual one, where it is of a kind that many clients do not know: in words. */
  readonly unusualKey?: string;
  /** What a client gets that knows the other kind of keys only, or, where the usual one is unusual, keys that all clients know; absent where it is refused. */
  readonly other?: ChainFacts;
  readonly otherKind: 'RSA' | 'ECDSA' | 'RSA or ECDSA';
  readonly at: Place;
}

/** A handshake with a client that knows only the kind of keys which the usual certificate does not have. */
export const otherCertificate = defineProbe<OtherCertificateFacts>({
  id: 'other-certificate',
  scope: 'listener',
  cost: 1,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { handshake } = await measurableHandshake(context);
    if (!handshake.completed || handshake.chain === undefined) throw new NotObserved('the TLS handshake fails');
    const expectation = { roots: context.roots, servername: context.names[0] };
    const usual = inspectChain(handshake.chain, expectation);
    const unusualKey = usual.leaf && unusual(usual.leaf);
    const isRsa = usual.leaf?.keyType === 'rsa';
    const call = await callAtThreshold(context);
    const { peer, at } = await call.secure(
      unusualKey !== undefined
        ? { signatures: `ECDSA+SHA256:ECDSA+SHA384:${RSA_SIGNATURES}` }
        : isRsa
          ? { suites: 'certified-by-ecdsa', signatures: 'ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512' }
          : { suites: 'certified-by-rsa', signatures: RSA_SIGNATURES },
    );
    if (peer.completed) call.quit();
    else call.close();
    const found = peer.completed && peer.chain !== undefined ? inspectChain(peer.chain, expectation) : undefined;
    const isOther =
      found?.leaf !== undefined &&
      (unusualKey === undefined ? (found.leaf.keyType === 'rsa') !== isRsa : unusual(found.leaf) === undefined);
    return {
      usual,
      ...(unusualKey !== undefined && { unusualKey }),
      otherKind: unusualKey !== undefined ? 'RSA or ECDSA' : isRsa ? 'ECDSA' : 'RSA',
      at,
      ...(isOther && { other: found }),
    };
  },
});

/**
 * A kind of key that not every client offers to verify. BoringSSL (Chrome, Android, the servers of Google) offers no Ed25519, and for long
 * offered no P-521; public authorities certify RSA and the curves P-256, P-384 and P-521 only (CA/Browser Forum BR §6.1.5).
 */
const unusual = ({ keyType, curve }: CertificateFacts): string | undefined => {
  if (keyType === 'rsa' || keyType === 'unknown') return undefined;
  if (keyType !== 'ec') return NAMES[keyType] ?? keyType;
  return curve === undefined || curve in COMMON_CURVES ? undefined : (NAMES[curve] ?? curve);
};

const RSA_SIGNATURES = 'RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA+SHA1';
const COMMON_CURVES: Readonly<Record<string, true>> = { prime256v1: true, secp384r1: true };
const NAMES: Readonly<Record<string, string>> = {
  ed25519: 'Ed25519',
  ed448: 'Ed448',
  'rsa-pss': 'RSASSA-PSS',
  dsa: 'DSA',
  secp521r1: 'P-521',
};
