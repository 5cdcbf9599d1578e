import type { Moments } from './moments.js';

/** How a careful toy client goes about its work: every choice here is one that careful clients make. Mistakes are hooks (`ClientHooks`). */
export interface Habits {
  /** The upgrade is not listed. */
  readonly onMissingOffer: 'stop' | 'upgrade-anyway';
  /** The upgrade was refused: `repeat` asks again and again on the same connection, as fast as it is answered. */
  readonly onRefusal: 'stop' | 'retry-with-tls' | 'repeat';
  readonly verifies: 'in-handshake' | 'after-handshake';
  /** Number of connections of one visit. */
  readonly connections: number;
  /** STARTTLS without asking for capabilities first. */
  readonly asksCapabilities: boolean;
  readonly farewell: 'close' | 'quit';
  /** Reads the code of the greeting. */
  readonly readsGreeting: boolean;
  /** Reads the codes of replies; who does not takes every complete reply for a yes. */
  readonly readsCodes: boolean;
  /**
   * `lazily`: what is in the buffer already is looked at only when further bytes arrive, as where a reader is woken by the
   * socket (asyncio, Twisted, Netty).
   */
  readonly reads: 'at-once' | 'lazily';
  /** The mechanism that is tried first where it is offered. */
  readonly prefers: 'PLAIN' | 'LOGIN' | 'CRAM-MD5';
  /** Which message is sent: the one that it was given, or one of its own making. */
  readonly message: 'given' | 'own';
  /** Where it looks for its server, where it is in a place that has DNS and web servers. */
  readonly discovers: 'nothing' | 'dns' | 'file' | 'exchange';
  readonly pipelines: boolean;
  readonly segments: 'whole' | 'tiny';
  /** Milliseconds before each command. */
  readonly slow: number;
  /** Milliseconds between the go-ahead and TLS, in which it reads on. */
  readonly lingers: number;
  /** Milliseconds before it goes on in clear, where a mistake makes it do so. */
  readonly hesitates: number;
  /** Milliseconds to wait for a reply; then LOGOUT or QUIT, where `farewellOnTimeout` says so. */
  readonly patience: number;
  readonly farewellOnTimeout: boolean;
}

/** The plain careful client. */
export const careful: Habits = {
  onMissingOffer: 'stop',
  onRefusal: 'stop',
  verifies: 'in-handshake',
  connections: 1,
  asksCapabilities: true,
  farewell: 'close',
  readsGreeting: true,
  readsCodes: true,
  reads: 'at-once',
  prefers: 'PLAIN',
  message: 'given',
  discovers: 'nothing',
  pipelines: false,
  segments: 'whole',
  slow: 0,
  lingers: 0,
  hesitates: 0,
  patience: 5000,
  farewellOnTimeout: false,
};

/** A way to be careful. */
export interface Style {
  readonly name: string;
  readonly habits: Partial<Habits>;
  /** Moments that a client of this style does not reach or decides by itself: a mistake made there does not show in it. */
  readonly hides?: readonly (keyof Moments)[];
}

/** Ways to be careful; each must come out not `unsafe` everywhere (verdicts.md, "Careful styles"). The first one is the plain client. */
export const styles: readonly Style[] = [
  { name: 'closes at once', habits: {} },
  { name: 'says QUIT first', habits: { farewell: 'quit' } },
  { name: 'retries with TLS', habits: { onRefusal: 'retry-with-tls' } },
  {
    name: 'STARTTLS without asking',
    habits: { asksCapabilities: false, onMissingOffer: 'upgrade-anyway' },
    hides: ['onCapabilities'],
  },
  { name: 'verifies in the handshake', habits: { verifies: 'in-handshake' } },
  { name: 'verifies after it', habits: { verifies: 'after-handshake' } },
  { name: 'pipelines where allowed', habits: { pipelines: true } },
  { name: 'slow', habits: { slow: 15 } },
  {
    name: 'times out and says LOGOUT',
    habits: { patience: 800, farewellOnTimeout: true },
    hides: ['onUpgrade', 'onGoAhead', 'onRefusal', 'onHandshakeFailure', 'onInside', 'onCloseNotify'],
  },
  { name: 'never reads the greeting code', habits: { readsGreeting: false }, hides: ['onGreeting', 'onPreauth'] },
  {
    name: 'never reads codes',
    habits: { readsCodes: false, readsGreeting: false },
    hides: ['onGreeting', 'onPreauth', 'onRefusal'],
  },
  { name: 'sends in tiny segments', habits: { segments: 'tiny' } },
  { name: 'reads lazily', habits: { reads: 'lazily' } },
  { name: 'prefers LOGIN', habits: { prefers: 'LOGIN' } },
  { name: 'prefers CRAM-MD5', habits: { prefers: 'CRAM-MD5' } },
  { name: 'reads lazily and prefers LOGIN', habits: { reads: 'lazily', prefers: 'LOGIN' } },
  { name: 'sends its own message', habits: { message: 'own' } },
  { name: 'thinks for 2.6 s before it goes on in clear', habits: { hesitates: 2600, patience: 5000 } },
  { name: 'asks for STARTTLS 150 times', habits: { onRefusal: 'repeat' }, hides: ['onRefusal'] },
];
