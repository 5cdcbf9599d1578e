import type { RecipeName } from '../tls/certificate-recipes.js';
import type { HandshakeScript } from '../tls/handshake-script.js';
import type { ClientUnit, Moment, Offer, PortRole, Protocol, TlsMode } from '../protocols/protocol.js';
import type { ServedParameters } from '../tls/served-parameters.js';
import type { HelloFacts } from '../wire/entry.js';
import type { BrokenOff } from '../wire/upgrade.js';
import type { LateBytes } from '../wire/wire.js';
import type { Canaries } from '../verdict/canaries.js';
import type { ControlFacts, WithheldFacts } from '../verdict/visit.js';

/** An edit of the bytes that the honest side would send. */
export type Edit = (honest: Buffer) => Buffer;

/** A change of what the client said, on its way to the honest side. */
export type Question = (unit: ClientUnit) => ClientUnit;

/** How an answer is cut into segments, and the milliseconds between two. */
export type Cut = (answer: Buffer) => readonly [segments: readonly Buffer[], pause: number];

/** What to do next on a connection; a conversation returns these, it does nothing itself. */
export type Action =
  /**
   * The honest answer, perhaps edited, or in pieces; starts TLS or ends the connection where the honest side would. `asks`
   * changes what the honest side is asked.
   */
  | { readonly do: 'answer'; readonly edit?: Edit; readonly asks?: Question; readonly cut?: Cut }
  | { readonly do: 'send'; readonly bytes: Buffer }
  /** Segments of their own, `pause` ms apart. */
  | { readonly do: 'split'; readonly segments: readonly Buffer[]; readonly pause: number }
  /** A line without an end: so many bytes, as far as the client reads them. Its beginning alone is kept. */
  | { readonly do: 'flood'; readonly bytes: number }
  | { readonly do: 'wait'; readonly ms: number }
  /**
   * Answers nothing for `ms` after the client's next unit, or after what the server would say unasked; then releases the answers, in
   * order. `listens`: the client is heard meanwhile, and each later answer is late too, as at the other door; `thenLate`: these
   * are, but the client is not heard in the first silence.
   */
  | { readonly do: 'withhold'; readonly ms: number; readonly listens?: true; readonly thenLate?: true }
  | { readonly do: 'release' }
  /**
   * From here on the client speaks with the server's other door (implicit TLS for STARTTLS, and the other way round): inside TLS
   * that began in place the server greets, and then says nothing for `silence` ms after each command; inside TLS from the first
   * byte nobody greets. Where a real server is behind us, it is asked there.
   */
  | { readonly do: 'other-door'; readonly silence: number }
  /**
   * `late` goes out in clear after the go-ahead, in a segment of its own; TLS is not answered before.
   * `stays`: where the handshake fails, the connection stays open and goes on in clear.
   * `keeps`: plaintext from before TLS is mistaken for what comes inside, whole lines, an unfinished one, or all (CVE-2011-0411).
   */
  | {
      readonly do: 'upgrade';
      readonly certificate?: RecipeName;
      readonly late?: LateBytes;
      readonly brokenOff?: BrokenOff;
      /** TLS is limited to this; scenarios with handshakes made by hand only, whose RSA key it shows. */
      readonly served?: ServedParameters;
      readonly stays?: true;
      /** The handshake is made by hand, and never finished; the connection ends when the client has answered. */
      readonly script?: HandshakeScript;
      readonly keeps?: 'lines' | 'fragment' | 'all';
    }
  /**
   * Does `then` once, should the client say nothing for `ms` from here on; a word of the client calls it off. `isEnd`: nobody waits for
   * the client any longer, and what it would have done is not known.
   */
  | { readonly do: 'on-silence'; readonly ms: number; readonly then: readonly Action[]; readonly isEnd?: true }
  /** The client counts as logged in from here on, where the honest side is our own server (IMAP's PREAUTH). */
  | { readonly do: 'preauthenticate' }
  /** Bytes beneath TLS, or instead of it. */
  | { readonly do: 'raw'; readonly bytes: Buffer }
  /** close_notify, then on in clear. */
  | { readonly do: 'downgrade' }
  | { readonly do: 'hang-up'; readonly by: 'scenario' | 'us' }
  /** FIN without close_notify. */
  | { readonly do: 'cut-off' }
  | { readonly do: 'reset' }
  | { readonly do: 'ignore' };

/** What a tamper rule knows of the moment. */
export interface MomentContext<V = unknown> {
  readonly moment: Moment;
  readonly protocol: Protocol;
  readonly mode: TlsMode;
  /** What the client said; absent for `accept`, `greeting`, `handshake` and `insideTls`. */
  readonly unit?: ClientUnit;
  readonly inside: boolean;
  /** The client asked for the upgrade on this connection, now or before. */
  readonly asked: boolean;
  /** TLS records came where plaintext was due. */
  readonly spokeTls: boolean;
  /** 1 for the first connection of the visit to this endpoint; those on which the client said nothing are not counted. */
  readonly ordinal: number;
  /** The same, where those count too that were still open when this one was opened, though the client had not spoken on them. */
  readonly place?: number;
  /** Another connection to this endpoint was opened before this one, and is still open. */
  readonly beside?: boolean;
  /** Another connection to this endpoint was opened before this one, whether the client spoke on it or not; not told where clients share it. */
  readonly again?: boolean;
  readonly portRole: PortRole;
  readonly hello?: HelloFacts;
  /** What the control of this client taught; absent in the control itself. */
  readonly control?: ControlFacts;
  /** What its control with withheld answers taught; absent where no comparison was made. */
  readonly withheld?: WithheldFacts;
  readonly canaries: Canaries;
  /** Where the attacker's own server listens, in scenarios that have one. */
  readonly attacker?: { readonly host: string; readonly port: number };
  /** What the honest server offers inside TLS. */
  readonly insideOffer: Offer;
  readonly variant: V;
}

/** The honest course of events at this moment, with an edit of its bytes if given. */
export type Next = (edit?: Edit) => readonly Action[];

export type TamperRule<V = unknown> = (context: MomentContext<V>, next: Next) => readonly Action[];

/** Rules by moment; a moment without a rule goes the honest way. */
export type Tamper<V = unknown> = Partial<Readonly<Record<Moment, TamperRule<V>>>>;

export const send = (bytes: Buffer): Action => ({ do: 'send', bytes });
export const split = (segments: readonly Buffer[], pause = 20): Action => ({ do: 'split', segments, pause });
/** The honest answer to another question. */
export const answerTo = (asks: Question): Action => ({ do: 'answer', asks });
export const otherDoor = (silence: number): Action => ({ do: 'other-door', silence });
/** An action whose answer is edited; others are left as they are. */
export const edited = (action: Action, edit: Edit): Action =>
  action.do === 'answer' ? { do: 'answer', edit } : action;

/** The honest answer among the actions, in pieces. */
export const inSegments = (actions: readonly Action[], cut: Cut): readonly Action[] =>
  actions.map((action) => (action.do === 'answer' ? { ...action, cut } : action));
export const flood = (bytes: number): Action => ({ do: 'flood', bytes });
export const wait = (ms: number): Action => ({ do: 'wait', ms });
export const withhold = (ms: number): Action => ({ do: 'withhold', ms });
/** The same, and each later answer is late, too. */
export const withholdAndBeLate = (ms: number): Action => ({ do: 'withhold', ms, thenLate: true });
/** Answers late from here on, as the other door does. */
export const answerLate = (ms: number): Action => ({ do: 'withhold', ms, listens: true });
export const release: Action = { do: 'release' };
export const upgrade = (certificate?: RecipeName): Action => ({
  do: 'upgrade',
  ...(certificate !== undefined && { certificate }),
});
export const upgradeAfter = (late: LateBytes): Action => ({ do: 'upgrade', late });
export const upgradeWith = (served: ServedParameters): Action => ({ do: 'upgrade', served });
export const upgradeBrokenOff = (brokenOff: BrokenOff): Action => ({ do: 'upgrade', brokenOff });
export const upgradeOrStay: Action = { do: 'upgrade', stays: true };
export const upgradeScripted = (script: HandshakeScript): Action => ({ do: 'upgrade', script });
export const onSilence = (ms: number, then: readonly Action[]): Action => ({ do: 'on-silence', ms, then });
export const onSilenceAtLast = (ms: number, then: readonly Action[]): Action => ({
  do: 'on-silence',
  ms,
  then,
  isEnd: true,
});
export const preauthenticate: Action = { do: 'preauthenticate' };
export const raw = (bytes: Buffer): Action => ({ do: 'raw', bytes });
export const downgrade: Action = { do: 'downgrade' };
export const hangUp: Action = { do: 'hang-up', by: 'scenario' };
export const cutOff: Action = { do: 'cut-off' };
export const reset: Action = { do: 'reset' };
export const ignore: Action = { do: 'ignore' };

const EVERY_MOMENT: Readonly<Record<Moment, true>> = {
  accept: true,
  greeting: true,
  capabilities: true,
  identify: true,
  starttls: true,
  handshake: true,
  insideTls: true,
  login: true,
  mailbox: true,
  message: true,
  quit: true,
  other: true,
};

/** All moments, in the order of a conversation. */
export const MOMENTS = Object.keys(EVERY_MOMENT) as readonly Moment[];

const EVERY_ACTION: Readonly<Record<Action['do'], true>> = {
  answer: true,
  send: true,
  split: true,
  flood: true,
  wait: true,
  withhold: true,
  release: true,
  'other-door': true,
  upgrade: true,
  'on-silence': true,
  preauthenticate: true,
  raw: true,
  downgrade: true,
  'hang-up': true,
  'cut-off': true,
  reset: true,
  ignore: true,
};

/** The names of all actions. */
export const ACTION_NAMES: ReadonlySet<string> = new Set(Object.keys(EVERY_ACTION));
