import { isIP } from 'node:net';
import type { Account, Offer, Protocol, Reply } from '../protocols/protocol.js';
import type { Handshake } from '../wire/upgrade.js';
import type { Wire } from '../wire/wire.js';
import { runUsualCommands } from './usual-commands.js';
import { GaveUp, type NextAttempt } from './gave-up.js';
import type { Habits } from './habits.js';
import type { ConnectionTask } from './connection-task.js';
import { CommandChannel, type Answer } from './command-channel.js';
import { logIn, plain, preferredLogin } from './login.js';
import type { ClientHooks, MomentHooks, Moments, Toy } from './moments.js';
import { goOnBlindly } from './blind-handshake.js';
import { offeringOldTls, trusting } from './trust.js';
import { isRevoked, isRightPeer } from './verification.js';

/** One connection of a toy, from the greeting to the farewell: the careful way, bent by hooks at its moments. */
export class ToyConnection implements Toy {
  readonly #task: ConnectionTask;
  readonly #habits: Habits;
  readonly #hooks: ClientHooks;
  readonly #wire: Wire;
  readonly #line: CommandChannel;
  #offer: Offer | undefined;
  #isSeekingTls: boolean;
  #hasAsked = false;
  #speaksFirst = false;
  #isLoggedIn = false;
  /** The client left without even a goodbye. */
  #isDropped = false;

  constructor(wire: Wire, task: ConnectionTask, habits: Habits, hooks: ClientHooks) {
    this.#wire = wire;
    this.#task = task;
    this.#habits = habits;
    this.#hooks = hooks;
    this.#isSeekingTls = task.tls !== 'in-clear';
    this.#line = new CommandChannel(
      wire,
      task.protocol,
      {
        ...habits,
        takesSegmentForReply: hooks.takesSegmentForReply === true,
        readsEndlessReplies: hooks.readsEndlessReplies === true,
      },
      (carefully) => this.#at('onEarlyReply', undefined, carefully),
      (reply, carefully) => {
        this.#follow(reply);
        return hooks.takesReply?.(reply, carefully) ?? carefully;
      },
    );
  }

  get protocol(): Protocol {
    return this.#task.protocol;
  }

  get tls(): ConnectionTask['tls'] {
    return this.#task.tls;
  }

  get ordinal(): number {
    return this.#task.ordinal;
  }

  get account(): Account | undefined {
    return this.#task.account;
  }

  get offer(): Offer | undefined {
    return this.#offer;
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

  canUse(offer: Offer | undefined): offer is Offer {
    return preferredLogin(offer, this.#habits.prefers) !== undefined;
  }

  goBy(offer: Offer | undefined): void {
    this.#offer = offer;
  }

  async logIn(): Promise<void> {
    this.goOnInClear();
    if (this.#line.ended) this.comeBack('in-clear');
    if (!this.#line.inside && this.#habits.hesitates > 0)
      await new Promise((resolve) => setTimeout(resolve, this.#habits.hesitates));
    await this.#logIn();
  }

  async tryToLogIn(): Promise<void> {
    try {
      await this.#logIn();
    } catch (error) {
      if (!(error instanceof GaveUp) || error.kind !== 'decided') throw error;
    }
  }

  async blurtOutLogin(): Promise<void> {
    const { account, protocol } = this.#task;
    if (account !== undefined)
      await this.#line.blurtOut((tag) => protocol.say.login(tag, 'PLAIN', account, plain(account)));
  }

  speakFirst(): void {
    this.#speaksFirst = true;
    this.#line.expectNoGreeting();
  }

  goOnInClear(): void {
    this.#isSeekingTls = false;
  }

  async sayWhoItIs(): Promise<void> {
    const { identify } = this.protocol.say;
    if (identify !== undefined) await this.#line.ask((tag) => identify(tag, 'toy'));
  }

  ask(words: (tag: string) => Buffer): Promise<Answer> {
    return this.#line.ask(words);
  }

  askUpgrade(takes: 'the answer' | 'any reply'): Promise<Answer> {
    const words = (tag: string): Buffer => this.#task.protocol.say.upgrade(tag);
    return takes === 'any reply' ? this.#line.askForAnything(words) : this.#line.ask(words);
  }

  async leaveTls(): Promise<void> {
    await this.#wire.downgrade();
    this.#line.goOnOutside();
  }

  linger(ms: number): Promise<void> {
    return this.#line.linger(ms);
  }

  comeBack(next: NextAttempt): never {
    throw new GaveUp('another try', { next });
  }

  async startTls({ keeps }: { readonly keeps?: 'buffered' } = {}): Promise<void> {
    const { servername, ca, isOld } = this.#task;
    this.#isSeekingTls = false;
    if (this.tls === 'starttls' && this.#habits.lingers > 0) await this.#line.linger(this.#habits.lingers);
    if (this.#hooks.takesAnyHandshake === true) {
      await goOnBlindly(this.#wire, this.#habits.patience);
      throw new GaveUp('the handshake was not finished');
    }
    const peer = await this.#line.startTls(
      {
        context: isOld === true ? offeringOldTls(ca) : trusting(ca),
        host: servername,
        ...(isIP(servername) === 0 && { servername }),
        timeout: Math.max(this.#habits.patience, LEAST_HANDSHAKE),
        asksForStatus: true,
      },
      keeps === 'buffered',
    );
    if (!peer.completed) {
      this.#line.goOnOutside();
      await this.#at('onHandshakeFailure', peer, () => {
        throw new GaveUp(`no TLS: ${peer.failure ?? 'unknown'}`);
      });
    } else if (this.#accepts(peer)) await this.#learnInside();
    else {
      if (this.#habits.verifies === 'in-handshake') this.#isDropped = true;
      await this.#at('onHandshakeFailure', peer, () => {
        throw new GaveUp('the certificate does not verify');
      });
    }
  }

  #accepts(peer: Handshake): boolean {
    const { servername, ca } = this.#task;
    return (
      (this.#hooks.acceptsPeer ?? isRightPeer)(peer, servername, this.ordinal) &&
      (this.#hooks.overlooksRevocation === true || !isRevoked(peer, ca))
    );
  }

  async #at<M extends keyof Moments>(moment: M, told: Moments[M], carefully: () => Promise<void>): Promise<void> {
    const hooks: MomentHooks = this.#hooks;
    const hook = hooks[moment];
    await (hook === undefined ? carefully() : hook(this, carefully, told));
  }

  async #converse(): Promise<void> {
    try {
      await this.#at('onConnected', undefined, nothing);
      if (this.tls === 'implicit' && this.#isSeekingTls) await this.startTls();
      // Where TLS was due first and failed, the greeting was what it failed on.
      if (!this.#speaksFirst && (this.tls !== 'implicit' || this.#line.inside)) await this.#hearGreeting();
      if (this.tls === 'starttls' && this.#isSeekingTls) await this.#turnToTls();
      await this.#doBusiness();
    } catch (error) {
      if (!(error instanceof GaveUp) || error.kind !== 'outside') throw error;
      this.#line.goOnOutside();
      this.#isLoggedIn = false;
      await this.#at('onCloseNotify', undefined, () => {
        throw error;
      });
      await this.#finish();
    }
  }

  async #hearGreeting(): Promise<void> {
    const greeting = await this.#greeting();
    this.#offer = this.#offerIn([greeting]);
    this.#follow(greeting);
    if (!this.#habits.readsGreeting) return;
    await this.#at('onGreeting', greeting, () => {
      if (greeting.status !== 'ok' && greeting.status !== 'preauth')
        throw new GaveUp('the server does not want to talk');
      return Promise.resolve();
    });
    if (greeting.status !== 'preauth') return;
    // RFC 9051 §7.1.4: without TLS, a client that wants it must close; inside TLS the greeting is in order.
    if (!this.#line.inside)
      await this.#at('onPreauth', greeting, () => {
        throw new GaveUp('logged in before TLS');
      });
    this.#isSeekingTls = false;
    this.#isLoggedIn = true;
  }

  #follow(reply: Reply): void {
    this.#show(reply);
    const port = this.#hooks.refersTo?.(reply);
    if (port !== undefined) this.comeBack({ to: port });
  }

  #show({ raw }: Reply): void {
    if (this.#hooks.showsText === true) this.#task.show(raw.toString('latin1'));
  }

  /** A port that hangs up at once is as dead as one that is closed. */
  async #greeting(): Promise<Reply> {
    try {
      return await this.#line.unasked();
    } catch (error) {
      if (!(error instanceof GaveUp) || error.kind !== 'ended' || this.#hooks.onDeadPort === undefined) throw error;
      return this.comeBack(this.#hooks.onDeadPort());
    }
  }

  async #turnToTls(): Promise<void> {
    if (this.#habits.asksCapabilities || this.protocol.helloVerb !== undefined) await this.#askOffer();
    await this.#at('onCapabilities', this.#offer, () => {
      const isMissing = this.#habits.asksCapabilities && this.#offer?.upgrade !== true;
      if (isMissing && this.#habits.onMissingOffer === 'stop') throw new GaveUp('TLS is not on offer');
      return Promise.resolve();
    });
    if (this.#isSeekingTls) await this.#at('onUpgrade', undefined, () => this.#upgrade());
  }

  async #upgrade(): Promise<void> {
    let answer: Answer;
    try {
      answer = await this.askUpgrade('the answer');
    } catch (error) {
      if (!(error instanceof GaveUp) || (error.kind !== 'silence' && error.kind !== 'ended')) throw error;
      await this.#refused(error.message);
      return;
    }
    await this.#answered(answer);
  }

  async #answered(answer: Answer): Promise<void> {
    if (this.#habits.readsCodes && !this.protocol.isGoAhead(answer.last)) {
      await this.#refused('TLS was refused');
      return;
    }
    this.#offer = this.#offerIn(answer.replies) ?? this.#offer;
    await this.#at('onGoAhead', answer, () => this.startTls());
  }

  async #refused(why: string): Promise<void> {
    await this.#at('onRefusal', why, async () => {
      if (this.#habits.onRefusal === 'retry-with-tls') throw new GaveUp(why, { next: 'with-tls' });
      if (this.#habits.onRefusal === 'repeat') await this.#repeat();
      if (!this.#line.inside) throw new GaveUp(why);
    });
  }

  /** Asks for TLS as fast as it is refused. */
  async #repeat(): Promise<void> {
    for (let times = 1; times < MOST_REPEATS; times += 1) {
      const answer = await this.askUpgrade('the answer');
      if (!this.protocol.isGoAhead(answer.last)) continue;
      await this.#answered(answer);
      return;
    }
  }

  /** A list from before TLS may be an attacker's: it is forgotten (RFC 3207 §4.2), unless it is a flaw not to. */
  async #learnInside(): Promise<void> {
    if (this.tls === 'implicit') return;
    const before = this.#offer;
    this.#offer = undefined;
    const isTold = this.protocol.speaksFirstAfterUpgrade;
    if (isTold) this.#offer = this.#offerIn([await this.#line.unasked()]);
    await this.#at('onInside', before, async () => {
      if (isTold) return;
      // Unsolicited data is as good as an answer to who takes it for the server's.
      const kept = this.#line.keptUntagged();
      for (const reply of kept) this.#show(reply);
      this.#offer = this.#offerIn(kept);
      if (!this.canUse(this.#offer)) await this.#askOffer();
    });
  }

  async #doBusiness(): Promise<void> {
    // In clear from the start, or inside TLS from the start: the list was never asked for.
    const isUnasked = !this.#hasAsked && !this.#isLoggedIn && !this.#line.inside;
    if ((this.tls !== 'starttls' || isUnasked) && !this.protocol.speaksFirstAfterUpgrade) await this.#askOffer();
    await this.#finish();
  }

  async #finish(): Promise<void> {
    if (!this.#isLoggedIn) await this.#logIn();
    const { protocol, message } = this.#task;
    await runUsualCommands(this.#line, protocol, message, this.#offer, this.#habits);
  }

  async #logIn(): Promise<void> {
    const { account, protocol } = this.#task;
    if (account === undefined) return;
    // Who logs in outside TLS is past looking at offers.
    const mechanism =
      preferredLogin(this.#offer, this.#habits.prefers) ?? (this.#line.inside ? undefined : protocol.client.blindLogin);
    if (mechanism === undefined) throw new GaveUp('no login on offer that this client knows');
    await logIn(this.#line, protocol, mechanism, account, this.#offer, this.#habits);
    this.#isLoggedIn = true;
  }

  async #askOffer(): Promise<void> {
    const { protocol } = this.#task;
    // ManageSieve's greeting is the list.
    if (protocol.speaksFirstAfterUpgrade && this.#offer !== undefined) return;
    this.#hasAsked = true;
    const { replies } = await this.#line.ask((tag) => protocol.say.capabilities(tag, 'toy.lab.test'));
    this.#offer = this.#offerIn(replies);
  }

  #offerIn(replies: readonly Reply[]): Offer | undefined {
    const offer = this.#task.protocol.offer(replies);
    return this.#hooks.readsOffer === undefined ? offer : this.#hooks.readsOffer(offer, replies);
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

const nothing = (): Promise<void> => Promise.resolve();

/** Milliseconds: a short patience is for replies, a handshake costs the processor's time. */
const LEAST_HANDSHAKE = 2000;
const MOST_REPEATS = 150;
