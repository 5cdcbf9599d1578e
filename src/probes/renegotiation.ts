import { measurableHandshake } from './dialogue.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved } from './probe.js';
import { callAtThreshold } from './threshold.js';
import { helloTraits } from './hello-traits.js';
import { tls12 } from './versions.js';

/** Handshakes that a client begins within one connection of TLS 1.2. */
export interface RenegotiationFacts {
  /** How many of `tried` were served. */
  readonly served: number;
  readonly tried: number;
  /** Why the next one was not. */
  readonly refusal?: string;
  /** Both sides protect it (RFC 5746). */
  readonly isSecure: boolean;
  readonly at: Place;
}

/** Up to six handshakes in one connection. */
export const renegotiation = defineProbe<RenegotiationFacts>({
  id: 'renegotiation',
  scope: 'listener',
  cost: 1,
  phase: 'behave',
  intrusiveness: 'standard',
  run: async (context) => {
    const { handshake } = await measurableHandshake(context);
    if (!handshake.completed || !(await context.facts(tls12)).accepted)
      throw new NotObserved('TLS 1.2 is not spoken here, and later versions have no renegotiation');
    const { secureRenegotiation } = await context.facts(helloTraits);
    const call = await callAtThreshold(context);
    const { peer, at } = await call.secure({ newest: 'TLSv1.2' });
    if (!peer.completed) throw new NotObserved('a TLS 1.2 handshake fails');
    let served = 0;
    let refusal: string | undefined;
    while (served < MOST && refusal === undefined) {
      // A server that has had enough may say nothing.
      refusal = await call.renegotiate(served === 0 ? undefined : ENOUGH);
      if (refusal === undefined) served += 1;
    }
    call.close();
    return {
      served,
      tried: MOST,
      ...(refusal !== undefined && { refusal }),
      isSecure: secureRenegotiation,
      at,
    };
  },
});

/** More than a client needs: servers with a limit allow three at most. */
const MOST = 6;
/** Milliseconds. */
const ENOUGH = 2000;
