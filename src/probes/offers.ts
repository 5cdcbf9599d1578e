import type { Offer } from '../protocols/protocol.js';
import { Fault } from '../fault.js';
import { dialogue, spokenDialogue, upgradableDialogue } from './dialogue.js';
import type { Asked } from './dialogue-facts.js';
import { mayMissCertificate } from './failed-handshake.js';
import type { Nameless, Opening } from './opening.js';
import type { TranscriptLine, Place } from './place.js';
import { defineProbe, NotObserved } from './probe.js';

/** How the listener opens a conversation. */
export const opening = defineProbe<Opening>({
  id: 'opening',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => (await context.facts(dialogue)).opening,
});

/** What is offered in clear. */
export interface PlaintextOffer {
  readonly starttls: boolean;
  /** Mechanisms, and `LOGIN command`, `USER/PASS`, `APOP`. */
  readonly logins: readonly string[];
  /** The lines that say so. */
  readonly list?: readonly TranscriptLine[];
}

/** The capability list outside TLS. */
export const plaintextOffer = defineProbe<PlaintextOffer>({
  id: 'plaintext-offer',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { outside, upgrade: answer, list } = await spokenDialogue(context);
    if (outside === undefined && (answer?.said === undefined || context.protocol.tagged))
      throw new Fault('UNREACHABLE', NO_OFFER);
    // POP3 servers without CAPA list nothing (RFC 2449 §5), and cannot do what they do not take.
    if (outside === undefined && answer?.said?.status !== 'ok') return { starttls: false, logins: [] };
    if (outside === undefined) throw new NotObserved('the server gives no list of what it offers');
    return { starttls: outside.upgrade, logins: outside.logins, list };
  },
});

/** The whole capability list outside TLS. */
export const plaintextList = defineProbe<{ readonly offer: Offer; readonly list: readonly TranscriptLine[] }>({
  id: 'plaintext-list',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { outside, list } = await spokenDialogue(context);
    if (outside === undefined) throw new NotObserved('the server gives no list of what it offers');
    return { offer: outside, list };
  },
});

/** What one connection offered outside TLS in its greeting, and when it was asked. */
export interface BothLists {
  readonly greeting: Offer;
  readonly command: Offer;
  /** The lines of the answer. */
  readonly list: readonly TranscriptLine[];
}

/** The two capability lists of one connection; ManageSieve's is asked for besides its greeting at depth `full` only. */
export const bothLists = defineProbe<BothLists>({
  id: 'both-lists',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { bothLists: both, list } = await spokenDialogue(context);
    if (both === undefined) throw new NotObserved('the greeting holds no list to compare');
    return { ...both, list };
  },
});

/** What a server says of itself, wherever it does. */
export interface SelfDescription {
  readonly lines: readonly TranscriptLine[];
}

/** Greeting and capability lists, outside and inside TLS. */
export const selfDescription = defineProbe<SelfDescription>({
  id: 'self-description',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { opening: met, list, announced = [], insideList = [] } = await spokenDialogue(context);
    return { lines: [...(met.kind === 'greeted' ? met.lines : []), ...list, ...announced, ...insideList] };
  },
});

/** What became of STARTTLS. */
export interface UpgradeFacts {
  readonly listed: boolean;
  readonly answer: Asked;
  /** What was said in clear between the go-ahead and TLS (latin1). */
  readonly between?: TranscriptLine;
  /** The handshake's outcome; absent where there was no go-ahead. */
  readonly handshake?: {
    readonly completed: boolean;
    readonly failure?: string;
    readonly refusedByUs?: boolean;
    /** A handshake without a certificate would have succeeded. */
    readonly anonymousOnly?: boolean;
    /** Set where the want of a server name may be the reason. */
    readonly nameless?: Nameless;
    /** The server asked for a client certificate, and nothing shows that it ended TLS for another reason. */
    readonly asksForCertificate?: boolean;
    /** What the server said in clear where its ServerHello was due (latin1; one line). */
    readonly inClear?: string;
    readonly at?: Place;
  };
  /** The server said that TLS ends for want of a client certificate. */
  readonly demandsCertificate?: true;
  /** The first command inside TLS was answered. */
  readonly answeredInside?: boolean;
}

/** The upgrade from its announcement to the first answer inside TLS. */
export const upgrade = defineProbe<UpgradeFacts>({
  id: 'upgrade',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const facts = await spokenDialogue(context);
    const {
      outside,
      upgrade: answer,
      between,
      handshake,
      handshakeAt,
      refusedByUs,
      anonymousOnly,
      nameless,
      answeredInside,
      demandsCertificate,
    } = facts;
    if (answer === undefined)
      throw new NotObserved('the server gives no list of what it offers, and TLS was not asked for');
    return {
      listed: outside?.upgrade ?? false,
      answer,
      ...(between && { between }),
      ...(handshake && {
        handshake: {
          completed: handshake.completed,
          ...(handshake.failure !== undefined && {
            failure: handshake.alert === undefined ? handshake.failure : `alert ${handshake.alert.name}`,
          }),
          ...(refusedByUs !== undefined && { refusedByUs }),
          ...(anonymousOnly === true && { anonymousOnly }),
          ...(nameless && { nameless }),
          ...(mayMissCertificate(handshake) && { asksForCertificate: true }),
          ...(handshake.inClear !== undefined && { inClear: handshake.inClear }),
          ...(handshakeAt && { at: handshakeAt }),
        },
      }),
      ...(demandsCertificate && { demandsCertificate }),
      ...(answeredInside !== undefined && { answeredInside }),
    };
  },
});

/** What is offered inside TLS, and what the server says there by itself. */
export interface InsideFacts {
  readonly offer: Offer;
  /** The list that the server sent by itself after the upgrade, where the protocol wants it. */
  readonly announced?: readonly TranscriptLine[];
  /** What came inside TLS that nobody asked for. */
  readonly unasked: readonly TranscriptLine[];
  /** The answer to asking for TLS inside TLS. */
  readonly again?: Asked;
}

/** The dialogue inside TLS. */
export const insideOffer = defineProbe<InsideFacts>({
  id: 'inside-offer',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const facts =
      context.listener.tls === 'implicit' ? await spokenDialogue(context) : await upgradableDialogue(context);
    if (facts.inside === undefined) throw new NotObserved('the server gives no list of what it offers inside TLS');
    const { inside: offer, announced, unasked, again } = facts;
    return { offer, unasked, ...(announced && { announced }), ...(again && { again }) };
  },
});

/** A sign that somebody between us and the server hides STARTTLS. */
export interface PathTrace {
  readonly what: 'greeting-blanked' | 'keyword-overwritten' | 'works-unlisted';
  readonly line?: TranscriptLine;
}

export interface PathFacts {
  readonly traces: readonly PathTrace[];
}

/** Looks for a path that strips: `220 ***`, a keyword overwritten with `XXXXXXXA`, STARTTLS that works though it is not listed. */
export const pathTraces = defineProbe<PathFacts>({
  id: 'path-traces',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { opening: met, list, outside, handshake } = await spokenDialogue(context);
    const greeting = met.kind === 'greeted' ? met.lines : [];
    const worksUnlisted = outside?.upgrade === false && handshake?.completed === true;
    const traces: PathFacts['traces'] = [
      ...greeting
        .filter(({ text }) => /\*{4,}/.test(text))
        .map((line) => ({ what: 'greeting-blanked' as const, line })),
      ...list
        .filter(({ text }) => /(?:^|[ -])X{6,}[A-Z]?$/.test(text))
        .map((line) => ({ what: 'keyword-overwritten' as const, line })),
      ...(worksUnlisted ? [{ what: 'works-unlisted' as const }] : []),
    ];
    // What was not heard bears no traces either.
    if (traces.length === 0 && outside === undefined && list.length === 0) throw new Fault('UNREACHABLE', NO_OFFER);
    return { traces };
  },
});

const NO_OFFER = 'the server did not say what it offers when it was asked';
