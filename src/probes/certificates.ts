import { Fault } from '../fault.js';
import { certificateStructure } from '../tls/certificate-structure.js';
import { inspectChain, issuerOf } from '../tls/inspect-chain.js';
import { statusInResponse, type RevocationStatus } from '../tls/ocsp.js';
import type { Handshake } from '../wire/upgrade.js';
import { dialogue } from './dialogue.js';
import { openingInWords } from './opening.js';
import type { NamedHandshake } from './named-chain.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved, type ProbeContext } from './probe.js';
import { callAtThreshold } from './threshold.js';

/** The certificates of a listener, one handshake a name; the first name's was made in the dialogue. */
export const certificates = defineProbe<readonly NamedHandshake[]>({
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
    const [, ...further] = context.names;
    const found = [named(context, context.names[0], { peer: handshake, at: handshakeAt })];
    let unreached = 0;
    for (const name of further) {
      const outcome =
        context.acquaintance.named.get(name) ??
        (unreached < MOST_UNREACHED ? await handshakeUnder(context, name) : { name, failure: GIVEN_UP });
      unreached = 'isUnreached' in outcome ? unreached + 1 : 0;
      found.push(outcome);
    }
    return found;
  },
});

/** What came of the handshake under a subject's name; undefined if there was none. */
export const chainFor = (chains: readonly NamedHandshake[], name: string): NamedHandshake | undefined =>
  chains.find((each) => each.name === name);

/** One connection that asks for a further name. */
const handshakeUnder = async (
  context: ProbeContext,
  name: string,
): Promise<NamedHandshake & { readonly isUnreached?: true }> => {
  try {
    const call = await callAtThreshold(context);
    const secured = await call.secure({ servername: name });
    const outcome = named(context, name, secured);
    // What was cut without a word may have been too much for now: it is asked again.
    if (call.cutHello === undefined) context.noteNamed(outcome);
    if (secured.peer.completed) call.quit();
    else call.close();
    return outcome;
  } catch (error) {
    // One name that cannot be asked for does not cost the others their result.
    if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
    return { name, failure: error.message, isUnreached: true };
  }
};

const named = (
  { roots }: ProbeContext,
  name: string,
  { peer, at }: { readonly peer: Handshake; readonly at: Place },
): NamedHandshake =>
  !peer.completed && peer.chain === undefined
    ? {
        name,
        failure: `the handshake under this name fails (${peer.alert === undefined ? (peer.failure ?? 'unknown') : `alert ${peer.alert.name}`})`,
      }
    : {
        name,
        chain: inspectChain(peer.chain ?? [], { roots, servername: name }),
        at,
        ...(peer.staple && { staple: stapledStatus(peer.staple, peer.chain ?? [], roots) }),
        version: peer.version ?? 'unknown',
      };

const stapledStatus = (staple: Buffer, chain: readonly Buffer[], roots: ProbeContext['roots']): RevocationStatus => {
  const [leaf] = chain;
  const serial = leaf && certificateStructure(leaf)?.serial;
  const issuer = issuerOf(chain, { roots });
  return serial === undefined || issuer === undefined
    ? { kind: 'unusable', why: 'the issuer is not known, and so its signature cannot be checked' }
    : statusInResponse(staple, serial, issuer);
};

/** Names in a row for which no connection could be made. */
const MOST_UNREACHED = 3;
const GIVEN_UP = 'not tried: no connection could be made for the names before it';
