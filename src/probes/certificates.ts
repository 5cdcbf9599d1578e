import { inspectChain, type ChainFacts } from '../tls/inspect-chain.js';
import { dialogue, openingInWords } from './dialogue.js';
import { defineProbe, NotObserved, type ProbeContext } from './probe.js';
import { callAtThreshold } from './threshold.js';

/** The chain that is presented to a client which asks for this name. */
export interface NamedChain {
  readonly name: string;
  readonly chain: ChainFacts;
}

/** The certificates of a listener, one handshake a name; the first name's was made in the dialogue. */
export const certificates = defineProbe<readonly NamedChain[]>({
  id: 'certificates',
  scope: 'target',
  cost: 1,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { opening, handshake } = await context.facts(dialogue);
    if (handshake === undefined)
      throw new NotObserved(opening.kind === 'greeted' ? 'TLS is not offered here' : openingInWords(opening));
    if (!handshake.completed) throw new NotObserved('the TLS handshake fails');
    const chains: NamedChain[] = [];
    for (const name of context.names) {
      const ders = name === context.names[0] ? (handshake.chain ?? []) : await presentedTo(context, name);
      if (ders !== undefined)
        chains.push({ name, chain: inspectChain(ders, { roots: context.roots, servername: name }) });
    }
    return chains;
  },
});

/** The chain that a subject's name got; undefined if there was no handshake under that name. */
export const chainFor = (chains: readonly NamedChain[], name: string): ChainFacts | undefined =>
  chains.find((each) => each.name === name)?.chain;

const presentedTo = async (context: ProbeContext, name: string): Promise<readonly Buffer[] | undefined> => {
  const call = await callAtThreshold(context);
  const { peer } = await call.secure({ servername: name });
  if (peer.completed) await call.quit();
  return peer.chain;
};
