import { inspectChain, type ChainFacts } from '../tls/inspect-chain.js';
import type { Secured } from './call.js';
import { dialogue } from './dialogue.js';
import { openingInWords } from './opening.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved, type ProbeContext } from './probe.js';
import { callAtThreshold } from './threshold.js';

/** The chain that is presented to a client which asks for this name, as it came on the wire. */
export interface NamedChain {
  readonly name: string;
  readonly chain: ChainFacts;
  /** The handshake. */
  readonly at: Place;
  /** TLS version under which it was sent; TLS 1.3 shows it to the two ends of the connection only. */
  readonly version: string;
}

/** The certificates of a listener, one handshake a name; the first name's was made in the dialogue. */
export const certificates = defineProbe<readonly NamedChain[]>({
  id: 'certificates',
  scope: 'target',
  cost: 1,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { opening, handshake, handshakeAt } = await context.facts(dialogue);
    if (handshake === undefined || handshakeAt === undefined)
      throw new NotObserved(opening.kind === 'greeted' ? 'TLS is not offered here' : openingInWords(opening));
    // Up to TLS 1.2 a chain is seen even where the handshake fails after it.
    if (!handshake.completed && handshake.chain === undefined) throw new NotObserved('the TLS handshake fails');
    const chains: NamedChain[] = [];
    // Depth `quick` has no connection for other names.
    for (const name of context.depth === 'quick' ? context.names.slice(0, 1) : context.names) {
      const { peer, at } =
        name === context.names[0] ? { peer: handshake, at: handshakeAt } : await securedAs(context, name);
      if (!peer.completed && peer.chain === undefined) continue;
      chains.push({
        name,
        chain: inspectChain(peer.chain ?? [], { roots: context.roots, servername: name }),
        at,
        version: peer.version ?? 'unknown',
      });
    }
    return chains;
  },
});

/** The chain that a subject's name got; undefined if there was no handshake under that name. */
export const chainFor = (chains: readonly NamedChain[], name: string): NamedChain | undefined =>
  chains.find((each) => each.name === name);

const securedAs = async (context: ProbeContext, servername: string): Promise<Secured> => {
  const call = await callAtThreshold(context);
  const secured = await call.secure({ servername });
  if (secured.peer.completed) await call.quit();
  return secured;
};
