import type { Account, Offer, Protocol, Reply, TlsMode } from '../protocols/protocol.js';
import type { Handshake } from '../wire/upgrade.js';
import type { NextAttempt } from './gave-up.js';
import type { Habits } from './habits.js';
import type { Answer } from './command-channel.js';

/** What a hook sees of a toy's connection, and what it can make the toy do. All methods may end the connection, as the careful way does. */
export interface Toy {
  readonly protocol: Protocol;
  /** How the connection began; `in-clear` where an earlier one led to it. */
  readonly tls: TlsMode | 'in-clear';
  /** 1 for the first connection that the toy makes of its own accord. */
  readonly ordinal: number;
  readonly account: Account | undefined;
  /** The list that the toy goes by; undefined as long as it knows none. */
  readonly offer: Offer | undefined;
  /** The list has a login that the toy knows. */
  canUse(offer: Offer | undefined): offer is Offer;
  /** Goes by this list from here on. */
  goBy(offer: Offer | undefined): void;
  /** Logs in as the connection stands, and asks for TLS no more; where the server has ended it, on a new one in clear. */
  logIn(): Promise<void>;
  /** Logs in as the connection stands; whatever the answer, the conversation goes on as before. */
  tryToLogIn(): Promise<void>;
  /** Sends a login with the password before the server has said a word. */
  blurtOutLogin(): Promise<void>;
  /** Does not wait for a greeting. */
  speakFirst(): void;
  /** Asks for TLS no more: what follows is said as the connection stands. */
  goOnInClear(): void;
  /** Says the client's name, where the protocol has a command for it (IMAP's ID). */
  sayWhoItIs(): Promise<void>;
  /** Says a command of any kind and hears its answer. */
  ask(words: (tag: string) => Buffer): Promise<Answer>;
  /** Asks for TLS; `any reply` takes the first complete reply of whatever kind for the answer. */
  askUpgrade(takes: 'the answer' | 'any reply'): Promise<Answer>;
  /** Starts TLS; `keeps: 'buffered'` takes what had come in clear for what is said inside. */
  startTls(options?: { readonly keeps?: 'buffered' }): Promise<void>;
  /** Ends TLS, and keeps the connection. */
  leaveTls(): Promise<void>;
  /** Listens until something comes that nobody asked for, at most for `ms` milliseconds. */
  linger(ms: number): Promise<void>;
  /** Gives this connection up for another attempt. */
  comeBack(next: NextAttempt): never;
}

/** What happened at each moment, as hooks are told. */
export interface Moments {
  /** The connection stands; nothing was said. Careful: nothing. */
  readonly onConnected: undefined;
  /** The greeting came. Careful: gives up unless it is positive. */
  readonly onGreeting: Reply;
  /** The greeting says that the client is logged in, outside TLS. Careful: gives up (RFC 9051 §7.1.4). */
  readonly onPreauth: Reply;
  /** The list outside TLS was heard, or this client does not ask for it. Careful: gives up where the upgrade is missing. */
  readonly onCapabilities: Offer | undefined;
  /** It is time to ask for TLS. Careful: asks, and goes by the answer to `onGoAhead` or `onRefusal`. */
  readonly onUpgrade: undefined;
  /** The go-ahead came. Careful: starts TLS. */
  readonly onGoAhead: Answer;
  /** TLS was refused, in words or by silence or by a close. Careful: gives up. */
  readonly onRefusal: string;
  /** No TLS came about, or its peer is not the right one. Careful: gives up. */
  readonly onHandshakeFailure: Handshake;
  /** TLS began in place; what was listed before it is told. Careful: forgets that, and asks again. */
  readonly onInside: Offer | undefined;
  /** The server has ended TLS, and the connection stands. Careful: gives up. */
  readonly onCloseNotify: undefined;
  /** A reply came before the command that it seems to answer. Careful: drops it, or gives up where it carries a tag. */
  readonly onEarlyReply: undefined;
}

/** At a moment; `careful` does what a careful client does there, and a hook that never calls it leaves that out. */
export type Hook<Told> = (toy: Toy, careful: () => Promise<void>, told: Told) => Promise<void> | void;

export type MomentHooks = { readonly [M in keyof Moments]?: Hook<Moments[M]> };

/** How a flawed client differs from a careful one: at moments, and in what it accepts. */
export interface ClientHooks extends MomentHooks {
  /** Whether the peer of a completed handshake is the right one; `reference` is the name or address that was wanted, `ordinal` the toy's. */
  readonly acceptsPeer?: (peer: Handshake, reference: string, ordinal: number) => boolean;
  /** The list that some replies carry; `offer` is the careful reading. */
  readonly readsOffer?: (offer: Offer | undefined, replies: readonly Reply[]) => Offer | undefined;
  /** What a reply is to a client that waits for an answer; `careful` is the careful reading. */
  readonly takesReply?: (reply: Reply, careful: ReplyUse) => ReplyUse;
  /** Goes on with a certificate that the stapled OCSP response says is revoked. */
  readonly overlooksRevocation?: true;
  /** Sends a ClientHello, and goes on with whatever handshake the server makes; such a handshake is never finished. */
  readonly takesAnyHandshake?: true;
  /** What arrives first is taken for the whole reply, wherever TCP has cut it. */
  readonly takesSegmentForReply?: true;
  /** A reply may be as long as it likes. */
  readonly readsEndlessReplies?: true;
  /** Shows its user the text of every reply, wherever it comes from. */
  readonly showsText?: true;
  /** The port of another server that a reply names, to which it goes in clear; a careful client goes nowhere. */
  readonly refersTo?: (reply: Reply) => number | undefined;
  /** Takes whatever it finds about its server, from whomever it comes, and logs in to web servers that ask. */
  readonly believesDiscovery?: true;
  /** Attempts after which a connection that leads to others is given up; a careful client makes few. */
  readonly attempts?: number;
  /** How it goes on where a port does not answer, or hangs up at once; a careful client does not. */
  readonly onDeadPort?: () => NextAttempt;
}

/** An answer to the command that was said last, data beside it, or a reply that answers nothing: a careful client gives up. */
export type ReplyUse = 'answer' | 'data' | 'stray';

/** The mistake that a scenario exists to find: what a toy client does differently from the careful one. */
export interface Flaw {
  /** Completes “a toy that …”. */
  readonly name: string;
  readonly client: ClientHooks;
  /** Habits without which the mistake cannot show, and which are no mistakes: careful toys get them too. */
  readonly habits?: Partial<Habits>;
  /** Careful habits under which the mistake does no harm. */
  readonly harmlessWith?: Partial<Habits>;
}
