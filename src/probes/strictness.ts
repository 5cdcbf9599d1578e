import { isIP } from 'node:net';
import { inspectChain, type ChainFacts } from '../tls/inspect-chain.js';
import type { SecureOptions } from './call-options.js';
import { dialogue, measurableHandshake } from './dialogue.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved, type ProbeContext } from './probe.js';
import { callAtThreshold } from './threshold.js';

/** How a handshake went that asked for something else than an ordinary one. */
export interface Trial {
  readonly served: boolean;
  /** The version, or how it was refused. */
  readonly detail: string;
  /** What the server presented, against the name of the host. */
  readonly chain?: ChainFacts;
  /** The protocol that it chose by ALPN; peer text. */
  readonly alpn?: string;
  readonly at: Place;
}

/** How a server takes other names than its own. */
export interface NameFacts {
  /** No name was asked for; absent where the ordinary handshake asked for none. */
  readonly nameless?: Trial;
  /** A name was asked for that it cannot have. */
  readonly unknown: Trial;
  /** Fingerprint of the certificate that it shows to a client which asks for its name. */
  readonly own?: string;
}

/** A handshake without a server name, and one with a name that nobody has. */
export const nameStrictness = defineProbe<NameFacts>({
  id: 'name-strictness',
  scope: 'listener',
  cost: 2,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { handshake } = await completed(context);
    const [leaf] = handshake.chain ?? [];
    const own = leaf && inspectChain([leaf], { roots: [] }).leaf?.fingerprintSha256;
    const nameless = isIP(context.names[0]) === 0 ? await tried(context, { nameless: true }) : undefined;
    return {
      ...(nameless && { nameless }),
      unknown: await tried(context, { servername: `${context.word()}.invalid` }),
      ...(own !== undefined && { own }),
    };
  },
});

/** How a server takes the protocols that a client offers by ALPN (RFC 7301). */
export interface AlpnFacts {
  /** The name of the protocol that it speaks. */
  readonly ownName: string;
  /** IANA has registered it; clients of others send none. */
  readonly isRegistered: boolean;
  readonly own: Trial;
  /** Protocols of browsers only. */
  readonly foreign: Trial;
  /** It serves none but clients that offer its own protocol. */
  readonly isDemanded: boolean;
}

/** A handshake that offers the listener's own protocol, and one that offers those of browsers. */
export const alpnStrictness = defineProbe<AlpnFacts>({
  id: 'alpn-strictness',
  scope: 'listener',
  cost: 2,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    await completed(context);
    const { alpn } = context.protocol;
    const { alpnOnly } = await context.facts(dialogue);
    return {
      ownName: alpn,
      isRegistered: context.protocol.inspection.service.kind !== 'mail',
      own: await tried(context, { alpn }),
      foreign: await tried(context, { alpn: FOREIGN }),
      isDemanded: alpnOnly === true,
    };
  },
});

/** Facts of a listener on which an ordinary handshake succeeds: what differs from it can be told by a refusal. */
const completed = async (context: ProbeContext): ReturnType<typeof measurableHandshake> => {
  const facts = await measurableHandshake(context);
  if (!facts.handshake.completed) throw new NotObserved('the TLS handshake fails');
  return facts;
};

const tried = async (context: ProbeContext, options: SecureOptions): Promise<Trial> => {
  const call = await callAtThreshold(context);
  const { peer, at } = await call.secure(options);
  const trial = {
    served: peer.completed,
    detail: peer.completed
      ? (peer.version ?? 'TLS')
      : peer.alert === undefined
        ? (peer.failure ?? 'closed')
        : `alert ${peer.alert.name}`,
    ...(peer.chain && {
      chain: inspectChain(peer.chain, { roots: context.roots, servername: context.names[0] }),
    }),
    ...(peer.alpn !== undefined && { alpn: peer.alpn }),
    at,
  };
  if (peer.completed) call.quit();
  else call.close();
  return trial;
};

const FOREIGN = 'http/1.1';
