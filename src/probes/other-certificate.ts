import { inspectChain, type ChainFacts } from '../tls/inspect-chain.js';
import { measurableHandshake } from './dialogue.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved } from './probe.js';
import { callAtThreshold } from './threshold.js';

/** The certificates of a server that has one for RSA and one for ECDSA. */
export interface OtherCertificateFacts {
  /** What an ordinary client gets. */
  readonly usual: ChainFacts;
  /** What a client gets that knows the other kind of keys only; absent where it is refused. */
  readonly other?: ChainFacts;
  readonly otherKind: 'RSA' | 'ECDSA';
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
    const isRsa = usual.leaf?.keyType.startsWith('rsa') === true;
    const call = await callAtThreshold(context);
    const { peer, at } = await call.secure(
      isRsa
        ? { suites: 'certified-by-ecdsa', signatures: 'ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512' }
        : {
            suites: 'certified-by-rsa',
            signatures: 'RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA+SHA1',
          },
    );
    if (peer.completed) call.quit();
    else call.close();
    const found = peer.completed && peer.chain !== undefined ? inspectChain(peer.chain, expectation) : undefined;
    const isOther = found?.leaf !== undefined && found.leaf.keyType.startsWith('rsa') !== isRsa;
    return { usual, otherKind: isRsa ? 'ECDSA' : 'RSA', at, ...(isOther && { other: found }) };
  },
});
