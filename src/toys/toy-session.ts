import { createSecureContext } from 'node:tls';
import { isIP } from 'node:net';
import type { Account, Letter, Offer, Protocol, Reply, TlsMode } from '../protocols/protocol.js';
import type { Handshake } from '../wire/upgrade.js';
import type { Wire } from '../wire/wire.js';
import { runErrand } from './errand.js';
import { GaveUp, type NextAttempt } from './gave-up.js';
import type { Habits } from './habits.js';
import { Line, type Answer } from './line.js';
import { logIn, plain, preferredLogin } from './login.js';
import { acceptsPeer } from './verification.js';

/** What a toy wants on one connection. */
export interface Mission {
  readonly protocol: Protocol;
  /** `in-clear` is a client that does without TLS. */
  readonly tls: TlsMode | 'in-clear';
  /** The name or address that the certificate must carry. */
  readonly servername: string;
  /** PEM of what it trusts. */
  readonly ca: string;
  /** Absent where the server takes mail without login (SMTP relay). */
  readonly account?: Account;
  readonly letter: Letter;
}

/** One connection of a toy, from the greeting to the farewell. */
export class ToySession {
  readonly #mission: Mission;
  readonly #habits: Habits;
  readonly #wire: Wire;
  readonly #line: Line;
  #offer: Offer | undefined;
  #isLoggedIn = false;
  /** The client left without even a goodbye. */
  #isDropped = false;

  constructor(wire: Wire, mission: Mission, habits: Habits) {
    this.#wire = wire;
    this.#mission = mission;
    this.#habits = habits;
    this.#line = new Line(wire, mission.protocol, habits);
  }

  /** Why the toy gave up and how it goes on; undefined if it got all it wanted. */
  async run(): Promise<{ readonly why: string; readonly next?: NextAttempt } | undefined> {
    try {
      await this.#converse();
      await this.#leave(this.#habits.farewell === 'quit');
      return undefined;
    } catch (error) {
      if (!(error instanceof GaveUp)) throw error;
      await this.#leave(error.kind === 'silence' ? this.#habits.farewellOnTimeout : this.#habits.farewell === 'quit');
      return { why: error.message, ...(error.next && { next: error.next }) };
    }
  }

  async #converse(): Promise<void> {
    try {
      if (this.#mission.tls === 'implicit') {
        if (this.#habits.order === 'log-in-first') await this.#blurtOutLogin();
        await this.#startTls();
      }
      // Where TLS was due first and failed, the greeting was what it failed on.
      if (this.#mission.tls !== 'implicit' || this.#line.inside) await this.#hearGreeting();
      if (this.#mission.tls === 'starttls' && !this.#isLoggedIn) await this.#turnToTls();
      await this.#doBusiness();
    } catch (error) {
      if (!(error instanceof GaveUp) || error.kind !== 'outside' || this.#habits.afterCloseNotify === 'stop')
        throw error;
      this.#line.goOnOutside();
      this.#isLoggedIn = false;
      await this.#logIn();
      await this.#runErrand();
    }
  }

  async #hearGreeting(): Promise<void> {
    const greeting = await this.#greeting();
    this.#offer = this.#offerIn([greeting]);
    if (!this.#habits.readsGreeting || greeting.status === 'ok') return;
    if (greeting.status !== 'preauth') throw new GaveUp('the server does not want to talk');
    // RFC 9051 §7.1.4: without TLS, whoever wants it must close; inside TLS the greeting is in order.
    if (!this.#line.inside && this.#habits.onPreauth === 'stop') throw new GaveUp('logged in before TLS');
    this.#isLoggedIn = true;
  }

  /** A port that hangs up at once is as dead as one that is closed. */
  async #greeting(): Promise<Reply> {
    try {
      return await this.#line.unasked();
    } catch (error) {
      if (
        !(error instanceof GaveUp) ||
        error.kind !== 'ended' ||
        this.#habits.onHandshakeFailure !== 'other-port-in-clear'
      )
        throw error;
      throw new GaveUp(error.message, { next: 'other-port-in-clear' });
    }
  }

  async #turnToTls(): Promise<void> {
    const habits = this.#habits;
    if (habits.asksCapabilities || this.#mission.protocol.helloVerb !== undefined) await this.#askOffer();
    if (habits.sendsId === 'outside') await this.#sendId();
    if (habits.order === 'log-in-first') await this.#logIn();
    if (habits.asksCapabilities && this.#offer?.upgrade !== true) {
      if (habits.onMissingOffer === 'stop') throw new GaveUp('TLS is not on offer');
      if (habits.onMissingOffer === 'log-in') return;
    }
    const answer = await this.#askForUpgrade();
    if (answer === undefined || !(await this.#mayStartTls(answer))) return;
    if (habits.capabilitiesInside === 'keep-old') this.#offer = this.#offerIn([answer.last]) ?? this.#offer;
    await this.#startTls();
  }

  /** Undefined if the client goes on in clear. */
  async #askForUpgrade(): Promise<Answer | undefined> {
    const words = (tag: string): Buffer => this.#mission.protocol.say.upgrade(tag);
    try {
      return await (this.#habits.goAhead === 'specified' ? this.#line.ask(words) : this.#line.askForAnything(words));
    } catch (error) {
      if (!(error instanceof GaveUp) || (error.kind !== 'silence' && error.kind !== 'ended')) throw error;
      this.#afterRefusal(error.message);
      return undefined;
    }
  }

  /** Whether TLS starts now; false if the client goes on in clear. */
  async #mayStartTls({ last, early }: Answer): Promise<boolean> {
    if (early) return false;
    if (this.#mission.protocol.isGoAhead(last)) return true;
    const { goAhead, afterFalseGoAhead, queuedReplies } = this.#habits;
    if (goAhead === 'anything' || (goAhead === 'positive' && POSITIVE.test(last.lines[0] ?? '')))
      return afterFalseGoAhead === 'handshake';
    if (queuedReplies === 'believe' && this.#line.hasQueued) return false;
    this.#afterRefusal('TLS was refused');
    return false;
  }

  #afterRefusal(why: string): void {
    const { onRefusal } = this.#habits;
    if (onRefusal === 'stop') throw new GaveUp(why);
    if (onRefusal === 'retry-with-tls') throw new GaveUp(why, { next: 'with-tls' });
    if (this.#line.ended) throw new GaveUp(why, { next: 'in-clear' });
  }

  async #startTls(): Promise<void> {
    const { servername, ca, tls } = this.#mission;
    if (tls === 'starttls' && this.#line.hasQueued && this.#habits.leftover === 'abort')
      throw new GaveUp('plaintext after the go-ahead');
    if (this.#habits.dawdles > 0) await this.#line.linger(this.#habits.dawdles);
    const { peer, leftover } = await this.#line.startTls({
      context: createSecureContext({ ca }),
      host: servername,
      ...(isIP(servername) === 0 && { servername }),
      timeout: Math.max(this.#habits.patience, LEAST_HANDSHAKE),
    });
    if (leftover > 0 && this.#habits.leftover === 'abort') throw new GaveUp('plaintext after the go-ahead');
    if (!peer.completed) {
      this.#afterFailedHandshake(peer);
      return;
    }
    if (acceptsPeer(peer, servername, this.#habits)) {
      await this.#learnInside();
      return;
    }
    const next = {
      stop: undefined,
      'log-in': 'in-clear',
      'reconnect-in-clear': 'in-clear',
      'other-port-in-clear': 'other-port-in-clear',
    } as const;
    const attempt = next[this.#habits.onHandshakeFailure];
    if (this.#habits.verifies === 'in-handshake') this.#isDropped = true;
    throw new GaveUp('the certificate does not verify', attempt && { next: attempt });
  }

  #afterFailedHandshake(peer: Handshake): void {
    const why = `no TLS: ${peer.failure ?? 'unknown'}`;
    const isPlaintext = peer.alert === undefined && (peer.failure ?? '').startsWith('ERR_SSL');
    const habit =
      isPlaintext && this.#habits.onPlaintextHandshake === 'log-in' ? 'log-in' : this.#habits.onHandshakeFailure;
    if (habit === 'stop') throw new GaveUp(why);
    if (habit === 'other-port-in-clear') throw new GaveUp(why, { next: 'other-port-in-clear' });
    if (habit === 'reconnect-in-clear' || this.#line.ended) throw new GaveUp(why, { next: 'in-clear' });
    this.#line.goOnOutside();
  }

  /** A list from before TLS may be an attacker's: it is forgotten (RFC 3207 §4.2), unless it is a flaw not to. */
  async #learnInside(): Promise<void> {
    if (this.#mission.tls === 'implicit') return;
    const before = this.#offer;
    this.#offer = undefined;
    const isTold = this.#mission.protocol.speaksFirstAfterUpgrade;
    if (isTold) this.#offer = this.#offerIn([await this.#line.unasked()]);
    if (this.#habits.capabilitiesInside === 'keep-old' && preferredLogin(before) !== undefined) this.#offer = before;
    else if (!isTold) {
      // Unsolicited data is as good as an answer to who takes it for the server's.
      this.#offer = this.#offerIn(this.#line.keptUntagged());
      if (preferredLogin(this.#offer) === undefined) await this.#askOffer();
    }
  }

  async #doBusiness(): Promise<void> {
    if (this.#line.inside && this.#habits.sendsId === 'inside') await this.#sendId();
    // In clear from the start, or inside TLS from the start: the list was never asked for.
    if (this.#mission.tls !== 'starttls' && !this.#mission.protocol.speaksFirstAfterUpgrade) await this.#askOffer();
    if (!this.#isLoggedIn) await this.#logIn();
    await this.#runErrand();
  }

  async #logIn(): Promise<void> {
    const { account, protocol } = this.#mission;
    if (account === undefined) return;
    // Who logs in outside TLS is past looking at offers.
    const mechanism = preferredLogin(this.#offer) ?? (this.#line.inside ? undefined : protocol.client.blindLogin);
    if (mechanism === undefined) throw new GaveUp('no login on offer that this client knows');
    try {
      await logIn(this.#line, protocol, mechanism, account, this.#offer);
      this.#isLoggedIn = true;
    } catch (error) {
      // A login before STARTTLS that was refused is tried again inside.
      if (
        !(error instanceof GaveUp) ||
        error.kind !== 'decided' ||
        this.#habits.order !== 'log-in-first' ||
        this.#line.inside
      )
        throw error;
    }
  }

  /** Where TLS comes first, logging in before it is to speak before the greeting. */
  async #blurtOutLogin(): Promise<void> {
    const { account, protocol } = this.#mission;
    if (account !== undefined)
      await this.#line.blurtOut((tag) => protocol.say.login(tag, 'PLAIN', account, plain(account)));
  }

  #runErrand(): Promise<void> {
    return runErrand(this.#line, this.#mission.protocol, this.#mission.letter, this.#offer, this.#habits.pipelines);
  }

  async #askOffer(): Promise<void> {
    const { protocol } = this.#mission;
    // ManageSieve's greeting is the list.
    if (protocol.speaksFirstAfterUpgrade && this.#offer !== undefined) return;
    const { replies } = await this.#line.ask((tag) => protocol.say.capabilities(tag, 'toy.lab.test'));
    this.#offer = this.#offerIn(replies);
  }

  async #sendId(): Promise<void> {
    const { identify } = this.#mission.protocol.say;
    if (identify !== undefined) await this.#line.ask((tag) => identify(tag, 'toy'));
  }

  #offerIn(replies: readonly Reply[]): Offer | undefined {
    const offer = this.#mission.protocol.offer(replies);
    if (offer === undefined || this.#habits.readsLists === 'by-line') return offer;
    const found = replies.flatMap(({ raw }) => / ?[ -]AUTH[ =]+([A-Z0-9-]+)/.exec(raw.toString('latin1'))?.[1] ?? []);
    return { ...offer, logins: [...found, ...offer.logins] };
  }

  async #leave(politely: boolean): Promise<void> {
    if (this.#isDropped) {
      this.#wire.destroy();
      return;
    }
    if (politely) await this.#line.farewell();
    this.#wire.end('client');
  }
}

/** What looks positive to whoever looks at a word or a digit alone. */
const POSITIVE = /^(?:\S+ )?OK|^\+|^[23]\d\d/i;

/** Milliseconds: a short patience is for replies, a handshake costs the processor's time. */
const LEAST_HANDSHAKE = 2000;
