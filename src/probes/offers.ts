import type { Offer } from '../protocols/protocol.js';
import { dialogue, spokenDialogue, upgradableDialogue, type Asked } from './dialogue.js';
import type { Opening } from './opening.js';
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
  /** The lines that say so, as sent. */
  readonly list?: readonly string[];
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
    // POP3 servers without CAPA list nothing (RFC 2449 §5), and cannot do what they do not take.
    if (outside === undefined && answer?.said !== undefined && answer.said.status !== 'ok')
      return { starttls: false, logins: [] };
    if (outside === undefined) throw new NotObserved('the server gives no list of what it offers');
    return { starttls: outside.upgrade, logins: outside.logins, list };
  },
});

/** What became of STARTTLS. */
export interface UpgradeFacts {
  readonly listed: boolean;
  readonly answer: Asked;
  /** Bytes in clear between the go-ahead and TLS (latin1). */
  readonly between: string;
  /** The handshake's outcome; absent where there was no go-ahead. */
  readonly handshake?: { readonly completed: boolean; readonly failure?: string; readonly refusedByUs?: boolean };
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
    const { outside, upgrade: answer, between, handshake, refusedByUs, answeredInside } = await spokenDialogue(context);
    if (answer === undefined)
      throw new NotObserved('the server gives no list of what it offers, and TLS was not asked for');
    return {
      listed: outside?.upgrade ?? false,
      answer,
      between,
      ...(handshake && {
        handshake: {
          completed: handshake.completed,
          ...(handshake.failure !== undefined && {
            failure: handshake.alert === undefined ? handshake.failure : `alert ${handshake.alert.name}`,
          }),
          ...(refusedByUs !== undefined && { refusedByUs }),
        },
      }),
      ...(answeredInside !== undefined && { answeredInside }),
    };
  },
});

/** What is offered inside TLS, and what the server says there by itself. */
export interface InsideFacts {
  readonly offer: Offer;
  /** Lines that came unasked after the upgrade. */
  readonly unasked: readonly string[];
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
    return { offer: facts.inside, unasked: facts.unasked, ...(facts.again && { again: facts.again }) };
  },
});

/** Signs that somebody between us and the server hides STARTTLS. */
export interface PathFacts {
  readonly traces: readonly string[];
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
    return {
      traces: [
        ...greeting.filter((line) => /\*{4,}/.test(line)).map((line) => `the greeting is blanked out: ${line}`),
        ...list
          .filter((line) => /(?:^|[ -])X{6,}[A-Z]?$/.test(line))
          .map((line) => `a keyword is overwritten: ${line}`),
        ...(outside?.upgrade === false && handshake?.completed === true
          ? ['STARTTLS works though it is not listed']
          : []),
      ],
    };
  },
});
