import type { Protocol } from '../protocols/protocol.js';
import type { Handshake } from '../wire/upgrade.js';
import type { Call } from './call.js';
import type { CommandAnswer } from './call-answers.js';
import type { Patience } from './call-options.js';
import type { Depth } from './depth.js';
import type { Listener } from './listener.js';
import type { NamedHandshake } from './named-chain.js';
import type { Place, TranscriptLine } from './place.js';

/** `passive` watches an ordinary dialogue; `standard` says harmless things that clients do not say; `intrusive` may be taken for an attack. */
export type Intrusiveness = 'passive' | 'standard' | 'intrusive';

/**
 * When a probe runs. `look` and `behave` come first; `inject` and `login` last, for all listeners of an address,
 * because they may get the prober banned, and what comes after a ban tells nothing.
 */
export type ProbePhase = 'look' | 'behave' | 'inject' | 'login';

/** One observation. It is made once a listener (or host, or target) however many checks want it. */
export interface Probe<Facts> {
  /** Kebab-case; unique. */
  readonly id: string;
  readonly scope: 'listener' | 'host' | 'target';
  /** Connections that it takes at most. */
  readonly cost: number;
  readonly phase: ProbePhase;
  readonly intrusiveness: Intrusiveness;
  /** Other probes wait for what it finds, or it has the longest conversation: it begins before its phase's others. */
  readonly leads?: true;
  /** It takes up what others come across, or matters less than they do: it begins when the others of its phase are done. */
  readonly follows?: true;
  /** Throws a Fault if it could not observe, `NotObserved` if there is nothing to observe, or too little budget. */
  readonly run: (context: ProbeContext) => Promise<Facts>;
}

/** What the probes of one listener have found out, so that the others need not find it out again. */
export interface Acquaintance {
  /** The name that EHLO was accepted with. */
  ehlo?: string;
  /** Names that EHLO was refused with. */
  readonly refusedNames: Set<string>;
  /** How the server cuts its list short, the same each time; absent where it does not. */
  cutList?: string;
  /** Whether the upgrade command is taken without EHLO: `tried` where it is not, or not known yet. */
  upgradeFirst?: 'tried' | 'taken';
  /** What it was answered without EHLO. */
  upgradeFirstAnswer?: CommandAnswer;
  /** Lines of the greeting. */
  greeting?: readonly string[];
  /** TLS is served only to clients that offer this protocol by ALPN. */
  alpn?: string;
  /** TLS is served only where nothing but ECDHE up to TLS 1.2 is offered. */
  ecdheOnly?: true;
  /** What came of the handshake under each name but the first: it is made once, however often a probe begins anew. */
  readonly named: Map<string, NamedHandshake>;
  /** The handshake of the dialogue, as soon as it has succeeded: what needs no more need not wait for what is said inside it. */
  readonly secured: Secured;
  /** The last session that the server gave out in the dialogue, by which nothing was asked for but what any client asks. It holds secrets, our own ones. */
  session?: Buffer;
  /** Nothing was answered inside TLS in the time for a reply: nobody else need wait as long for it. */
  isSilentInside?: true;
  /** ClientHellos that went unanswered twice, while usual ones were answered. */
  hangs?: number;
  /** Some connections are cut that say nothing about what was asked on them: a limit, or a balancer with a broken server behind it. */
  cutsSome?: true;
  /** It ends connections into which text was injected: it did so twice in a row, and need not be asked twice each time. */
  endsInjected?: true;
  /** Milliseconds that the greeting took at most. */
  greetedAfter?: number;
  /** Connections whose greeting listed nothing, in a protocol without EHLO. */
  bareGreetings: number;
  /** Whether STARTTLS was listed in clear, connection by connection, wherever a probe came across a list. */
  readonly lists: {
    readonly from: 'greeting' | 'command';
    readonly starttls: boolean;
    readonly line?: TranscriptLine;
  }[];
}

/** A handshake that may still come; it never comes where none succeeds. */
export class Secured {
  readonly met: Promise<MetHandshake>;
  #tell: (met: MetHandshake) => void = () => undefined;

  constructor() {
    this.met = new Promise((resolve) => (this.#tell = resolve));
  }

  /** Says it to all who wait; only the first one counts. */
  tell(met: MetHandshake): void {
    this.#tell(met);
  }
}

/** A handshake, and the boundary of TLS in the transcript. */
export interface MetHandshake {
  readonly handshake: Handshake;
  readonly handshakeAt?: Place;
}

/** Another listener of the same address, as a probe sees it. */
export interface Door {
  readonly listener: Listener;
  /** Facts of a probe of that listener, made now if nobody made them yet; throws as `ProbeContext.facts` does. */
  facts<T>(probe: Probe<T>): Promise<T>;
}

/** An account of the user’s own on the server. */
export interface OwnAccount {
  readonly user: string;
  readonly password: string;
  /** The password may be sent outside TLS: the server is near, or the user says so. */
  readonly inClear: boolean;
}

/** What a probe has at hand. */
export interface ProbeContext {
  readonly listener: Listener;
  readonly protocol: Protocol;
  /** What waxseal calls itself in EHLO: the first of these names that is accepted; `undefined` stands for its address literal. */
  readonly ehloNames: readonly (string | undefined)[];
  readonly acquaintance: Acquaintance;
  /** Every name to ask for in TLS and to look for in certificates; at least one. */
  readonly names: readonly [string, ...string[]];
  /**
   * Opens a connection within the limits, when the server has a place for it; its transcript is kept as evidence, and it is closed
   * when the probe ends. A probe that wants another one closes what it needs no longer first: it would wait for a place of its own.
   * One that is to be led to another listener (`Call.turn`) has to say so.
   */
  dial(turnsTo?: Listener): Promise<Call>;
  /** Keeps what came of the handshake under a further name. */
  noteNamed(outcome: NamedHandshake): void;
  /** Facts of another probe, made now if nobody made them yet. */
  facts<T>(probe: Probe<T>): Promise<T>;
  /** Whether another probe goes on or is done: what its hellos show besides need not be asked by hellos of one's own. */
  isBegun(probe: Probe<unknown>): boolean;
  /** Listeners of this audit at the same address that speak the same protocol to users, and start TLS in the other way. */
  readonly otherDoors: readonly Door[];
  /** All other listeners of this audit at the same address where STARTTLS begins TLS, whatever they speak. */
  readonly siblings: readonly Door[];
  /** All other listeners of this audit at the same address. */
  readonly neighbours: readonly Door[];
  /** A random lower-case word, for markers and canaries: no secret, no real account. */
  word(): string;
  /** The user’s own account, where one was given. */
  readonly account?: OwnAccount;
  /** Takes one of the login attempts for this address, which may leave a line that a ban filter counts; gives the reason when none is left. One that is not the port's first leaves an attempt to each port that waits for its own. */
  spendLogin(isFirst?: boolean): string | undefined;
  /** Gives back the attempt that was taken last: it left no line that a ban filter counts. */
  giveBackLogin(): void;
  /** Waits before the server is asked again, longer each time; false when the audit's time is up. */
  backOff(attempt: number): Promise<boolean>;
  /** Waits until a server that cuts connections without a word may let them through again; throws a Fault where that takes too long. */
  outwait(): Promise<void>;
  /**
   * Whether the end of a connection (`Call.cutHello`), which is closed by now, is an answer to its ClientHello; false where it was a limit
   * of connections, which is waited for: the hello has to be sent again. Throws a Fault where that takes too long.
   */
  isAnswer(call: Call): Promise<boolean>;
  /** Tells that a connection was cut that says nothing about what was asked on it: from now on one at a time is made, and cuts are made sure of. */
  readonly noteCut: () => void;
  /** The next connection repeats one that may have been cut: it does not count towards the limit. */
  readonly noteRepetition: () => void;
  /** Trust anchors: Node's, or PEM texts. */
  readonly roots: 'system' | readonly string[];
  readonly patience: Patience;
  /** What an audit does not need at this depth is left to deeper ones. */
  readonly depth: Depth;
}

/** The precondition of a probe is false: nothing is wrong, but there is nothing to see. The message says why. */
export class NotObserved extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'NotObserved';
  }
}

/** Declares a probe; the type of its facts flows into the checks that need it. */
export const defineProbe = <Facts>(probe: Probe<Facts>): Probe<Facts> => probe;
