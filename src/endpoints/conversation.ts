import { Fault } from '../fault.js';
import type { HandmadeCredential } from '../tls/handshake-script.js';
import { LONGEST_MAIL } from '../protocols/message-size.js';
import { Dialogue } from '../protocols/dialogue.js';
import type { ClientUnit, HonestAnswer, Moment } from '../protocols/protocol.js';
import type { Cause, HelloFacts } from '../wire/entry.js';
import type { Wire, WireEvent } from '../wire/wire.js';
import { entire, type PiecedAnswer } from './answerer.js';
import type { ConversationOptions } from './conversation-options.js';
import { flood } from './flood.js';
import { Happenings } from './happenings.js';
import { kept } from './kept-plaintext.js';
import { Delays } from './delays.js';
import { StormWatch } from './storm.js';
import { edited, hangUp, type Action, type MomentContext, type Question } from './tamper.js';
import { Withholding } from './withholding.js';

/** The honest side's answer, to what the client said or to what is made of it. */
type Answers = (asks?: Question) => Promise<PiecedAnswer> | PiecedAnswer;

/** Plays one connection to its end: unit by unit, moment by moment; tampering where a rule says so. Never throws. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #wire: Wire;
  readonly #dialogue: Dialogue;
  readonly #storms = new StormWatch();
  #hello: HelloFacts | undefined;
  readonly #held: Withholding;
  readonly #delays: Delays;
  readonly #happenings: Happenings;
  /** The other door's greeting is due, and the silence after it in milliseconds. */
  #greetsThen: number | undefined;
  /** What is to be done if the client says nothing. */
  #onSilence: Extract<Action, { do: 'on-silence' }> | undefined;
  /** The client ended TLS, and was not asked to. */
  #hasLeftTls = false;
  #saidGoodbye = false;
  #isTaken = false;
  #over = false;
  /** Units and events since the last turn of the event loop that this conversation waited for. */
  #inOneGo = 0;
  /** When the client's last bytes were taken up, in milliseconds: how long their handling takes is not the client's doing. */
  #heardAt = 0;
  #asked = false;
  #downgraded = false;
  /** TLS that came where a command was due. */
  #records: Buffer | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#wire = options.wire;
    this.#held = new Withholding(options.wire.transcript);
    this.#delays = new Delays(options.wire.silenced);
    this.#happenings = new Happenings(options.wire, options.answerer, this.#held);
    // A rule that looks at a message sees all of it.
    const mails = options.tamper.message === undefined ? 'pieces' : 'whole';
    this.#dialogue = new Dialogue(options.protocol, {
      mails,
      longestPassed: options.longestMail ?? LONGEST_MAIL,
      isPassedOn: options.longestMail !== undefined,
    });
  }

  async run(): Promise<void> {
    await this.#at('accept', undefined, [], () => NOTHING);
    if (!this.#over && this.#options.context.mode === 'implicit')
      await this.#at('handshake', undefined, [{ do: 'upgrade' }], () => NOTHING);
    if (!this.#over)
      await this.#at('greeting', undefined, [ANSWER], async () => ({ bytes: await this.#options.answerer.greeting() }));
    while (!this.#over) await this.#turn();
    this.#held.forget();
  }

  async #turn(): Promise<void> {
    this.#inOneGo += 1;
    if (this.#inOneGo > MOST_IN_ONE_GO) {
      await this.#wire.turn();
      this.#inOneGo = 0;
    }
    const placed = this.#dialogue.next();
    if (placed !== undefined) {
      const { unit } = placed;
      if (this.#held.silence?.listens !== false) await this.#hear(unit);
      else if (!(await this.#held.after(() => this.#hear(unit), unit.raw.length))) this.#giveUpOnMail();
      return;
    }
    const happening = await this.#happenings.next(this.#patience);
    if (happening.from === 'client') return this.#heard(happening.event);
    if (happening.from === 'silence') return this.#held.releaseNext();
    return this.#passOn(this.#options.answerer.unsolicited?.take());
  }

  async #heard(event: WireEvent | undefined): Promise<void> {
    // More of the same TLS is no word: a ClientHello comes in several segments.
    if (event !== undefined && (event.kind !== 'records' || this.#records === undefined)) this.#onSilence = undefined;
    if (event === undefined) {
      if (this.#held.silence === undefined) await this.#nothingSaid();
      else await this.#release();
    } else if (event.kind === 'bytes') {
      this.#heardAt = performance.now();
      this.#held.spoken();
      this.#dialogue.client(event.bytes);
    } else if (event.kind === 'records') await this.#heardTls(event.bytes);
    else if (event.kind === 'outside') {
      this.#dialogue.reset();
      // Who ends TLS mostly waits for our end; who means to go on in clear does so soon.
      if (!this.#downgraded) this.#hasLeftTls = true;
      if (this.#options.endsWithTls === true) this.#hangUp('client');
    } else {
      // What it said last may have been heard at the other door: its answer is a fact, though nobody waits for it.
      if (this.#held.silence?.listens === true) await this.#happenings.waitForServer(LAST_WORD);
      this.#over = true;
      this.#wire.end('client');
    }
  }

  /** What waits is bounded like a mail. */
  #giveUpOnMail(): void {
    this.#wire.transcript.note({ what: 'too-long', by: 'us', of: 'message' });
    this.#hangUp('us');
  }

  /** The client has said nothing for as long as anybody waited. */
  async #nothingSaid(): Promise<void> {
    const { then, ms = 0, isEnd } = this.#onSilence ?? {};
    this.#onSilence = undefined;
    if (then !== undefined) {
      if (isEnd === true) this.#wire.transcript.note({ what: 'idle', by: 'us', ms });
      for (const action of then) await this.#do(action, () => NOTHING);
      return;
    }
    const what = this.#hasLeftTls ? 'answered-end' : 'idle';
    this.#wire.transcript.note({ what, by: 'us', ms: this.#patience });
    this.#hangUp(this.#hasLeftTls ? 'client' : 'us');
  }

  /** Milliseconds to wait for the client. */
  get #patience(): number {
    const { idle } = this.#options;
    if (this.#held.isDeaf && this.#held.silence !== undefined) return this.#held.silence.ms;
    return Math.min(idle, this.#hasLeftTls ? GRACE : idle, this.#onSilence?.ms ?? idle);
  }

  async #passOn(bytes: Buffer | undefined): Promise<void> {
    if (bytes === undefined) {
      await this.#release();
      this.#wire.transcript.note({ what: 'server-gone', by: 'server' });
      this.#hangUp('server');
    } else if (this.#greetsThen !== undefined) await this.#greet(bytes, this.#greetsThen);
    else await this.#held.after(() => this.#send(bytes, false));
  }

  /** The greeting of the other door, which answers nothing; behind it answers are late. */
  async #greet(bytes: Buffer, silence: number): Promise<void> {
    this.#greetsThen = undefined;
    const length = this.#options.protocol.readReply(bytes, { first: true })?.length ?? bytes.length;
    await this.#wire.write(bytes.subarray(0, length), { tampered: true, unasked: true });
    this.#held.begin({ ms: silence, listens: true });
    if (length < bytes.length) await this.#held.after(() => this.#send(bytes.subarray(length), false));
  }

  async #enterOtherDoor(silence: number): Promise<void> {
    const { answerer, context } = this.#options;
    if ((await answerer.otherDoor?.()) === false) {
      this.#hangUp('server');
      return;
    }
    // The one that was listened to until now has nothing to say any more.
    this.#happenings.forgetServer();
    if (context.mode === 'implicit') {
      this.#dialogue.expectNoGreeting();
      this.#wire.transcript.note({ what: 'ungreeted', by: 'scenario' });
      return;
    }
    this.#greetsThen = silence;
    if (answerer.otherDoor === undefined) await this.#greet(await answerer.greeting(), silence);
  }

  async #hear(unit: ClientUnit): Promise<void> {
    if (this.#options.keepsMail === true && unit.kind === 'body') this.#storms.forget();
    const storm = this.#storms.heard(unit, this.#heardAt);
    if (storm !== undefined) {
      this.#wire.transcript.note({ what: 'storm', by: 'us', ...storm });
      this.#over = true;
      this.#wire.reset('us');
      return;
    }
    // Answers that are late come in order all the same.
    if (this.#held.silence?.listens !== true) this.#dialogue.answering(unit);
    // A client that has sent a whole message does not wait for the end of the way: that it was taken is told at once.
    this.#isTaken = unit.kind === 'body' && this.#held.silence?.isUsual === true;
    if (this.#isTaken) await this.#release();
    if (unit.moment === 'starttls') this.#asked = true;
    if (unit.moment === 'quit') this.#saidGoodbye = true;
    await this.#at(unit.moment, unit, [ANSWER], (asks) => this.#options.answerer.answer(asks?.(unit) ?? unit));
    if (this.#options.dropsPipelined === true) this.#dialogue.takeUnread();
    if (unit.kind !== 'oversize') return;
    this.#wire.transcript.note({ what: 'too-long', by: 'us', of: unit.of });
    this.#hangUp('us');
  }

  /** TLS where a command was due: a client that was told to go ahead by a scenario which never starts TLS, or that mistook the port. */
  async #heardTls(records: Buffer): Promise<void> {
    if (this.#records !== undefined) return;
    this.#records = records;
    await this.#at('handshake', undefined, [{ do: 'hang-up', by: 'us' }], () => NOTHING);
  }

  /** Runs one moment: the scenario's rule if it has one, else the honest way. */
  async #at(moment: Moment, unit: ClientUnit | undefined, honest: readonly Action[], answer: Answers): Promise<void> {
    const rule = this.#options.tamper[moment];
    const context: MomentContext = {
      ...this.#options.context,
      moment,
      inside: this.#wire.inside,
      asked: this.#asked,
      spokeTls: this.#records !== undefined,
      ...(unit && { unit }),
      ...(this.#hello && { hello: this.#hello }),
    };
    const actions =
      rule === undefined
        ? honest
        : rule(context, (edit) => (edit === undefined ? honest : honest.map((each) => edited(each, edit))));
    for (const action of actions) {
      if (this.#over) return;
      await this.#do(action, answer);
    }
  }

  async #do(action: Action, answer: Answers): Promise<void> {
    switch (action.do) {
      case 'answer':
        return this.#answer(await answer(action.asks), action);
      case 'send':
        return this.#send(action.bytes, true);
      case 'split':
        return this.#split(action.segments, action.pause);
      case 'flood':
        return flood(this.#wire, action.bytes);
      case 'wait':
        return this.#delays.wait(action.ms);
      case 'withhold':
        this.#held.begin({
          ms: action.ms,
          listens: action.listens === true,
          ...(action.thenLate && { thenLate: true }),
        });
        return;
      case 'other-door':
        return this.#enterOtherDoor(action.silence);
      case 'release':
        return this.#release();
      case 'upgrade':
        return this.#upgrade(action);
      case 'on-silence':
        this.#onSilence = action;
        return;
      case 'preauthenticate':
        this.#options.answerer.preauthenticate?.();
        return;
      case 'raw':
        return this.#wire.inside
          ? this.#wire.writeInClear(action.bytes, { tampered: true })
          : this.#send(action.bytes, true);
      case 'downgrade':
        this.#wire.transcript.note({ what: 'left-TLS', by: 'scenario' });
        this.#downgraded = true;
        await this.#wire.downgrade();
        this.#dialogue.reset();
        return;
      case 'hang-up':
        this.#wire.transcript.note({ what: 'hung-up', by: action.by });
        this.#hangUp(action.by);
        return;
      case 'cut-off':
        this.#wire.transcript.note({ what: 'hung-up', by: 'scenario' });
        this.#over = true;
        this.#wire.cutOff('scenario');
        return;
      case 'reset':
        this.#wire.transcript.note({ what: 'reset', by: 'scenario' });
        this.#over = true;
        this.#wire.reset('scenario');
        return;
      case 'ignore':
        this.#wire.transcript.note({ what: 'ignored', by: 'scenario' });
    }
  }

  async #answer(honest: PiecedAnswer, { edit, cut, asks }: Extract<Action, { readonly do: 'answer' }>): Promise<void> {
    const isForged = asks !== undefined;
    if (edit === undefined && cut === undefined && this.#held.silence === undefined)
      await this.#relay(honest, isForged);
    else {
      const whole = await entire(honest);
      if (whole === undefined) {
        this.#wire.transcript.note({ what: 'too-long', by: 'us', of: 'reply' });
        this.#hangUp('us');
        return;
      }
      const bytes = edit === undefined ? whole : edit(whole);
      const tampered = isForged || !bytes.equals(whole);
      const say = (): Promise<void> => (cut === undefined ? this.#send(bytes, tampered) : this.#split(...cut(bytes)));
      if (this.#isTaken) await say();
      else if (this.#held.silence === undefined || bytes.length > 0) await this.#held.after(say);
    }
    if (honest.upgrade === true) await this.#upgrade();
    if (honest.close !== true) return;
    const by = this.#saidGoodbye ? 'client' : 'server';
    await this.#held.after(() => {
      this.#hangUp(by);
      return Promise.resolve();
    });
  }

  async #relay({ bytes, more }: PiecedAnswer, isForged: boolean): Promise<void> {
    await this.#send(bytes, isForged);
    if (more === undefined) return;
    for await (const piece of more) await this.#send(piece, isForged);
  }

  async #send(bytes: Buffer, tampered: boolean): Promise<void> {
    if (bytes.length === 0) return;
    this.#dialogue.server(bytes);
    await this.#wire.write(bytes, { tampered });
  }

  async #split(segments: readonly Buffer[], between: number): Promise<void> {
    for (const [index, segment] of segments.entries()) {
      if (index > 0) await this.#delays.wait(between);
      if (this.#wire.ended) return;
      await this.#send(segment, true);
    }
  }

  async #upgrade(action: Omit<Extract<Action, { do: 'upgrade' }>, 'do'> = {}): Promise<void> {
    const { certificate, late, keeps, brokenOff, script, stays, served } = action;
    const unread = Buffer.concat([this.#dialogue.takeUnread(), this.#records ?? NOTHING.bytes]);
    const tls = {
      ...this.#options.tls(certificate, served),
      ...(brokenOff && { brokenOff }),
      ...(stays && { stays }),
      ...(script && { trusted: false, scripted: { script, ...this.#handmade() } }),
    };
    const boundary = await this.#wire.acceptTls(tls, unread, late);
    this.#dialogue.reset();
    this.#hello = boundary.hello;
    if (!boundary.completed) {
      if (brokenOff !== undefined || script !== undefined) await this.#do(hangUp, () => NOTHING);
      else if (stays !== true || boundary.timeout !== undefined)
        this.#hangUp(boundary.timeout === undefined ? 'client' : 'us');
      return;
    }
    const { answerer, context } = this.#options;
    if (context.mode === 'implicit') {
      answerer.startInside();
      await this.#at('insideTls', undefined, [], () => NOTHING);
    } else await this.#at('insideTls', undefined, [ANSWER], async () => ({ bytes: await answerer.upgraded() }));
    if (keeps !== undefined) this.#dialogue.client(kept(boundary, keeps));
  }

  #handmade(): HandmadeCredential {
    const made = this.#options.handmade?.();
    if (made === undefined)
      throw new Fault('HARNESS_BUG', 'a handshake was to be made by hand, and nothing was prepared');
    return made;
  }

  #release(): Promise<void> {
    return this.#held.release(() => this.#over);
  }

  #hangUp(by: Cause): void {
    this.#over = true;
    this.#wire.end(by);
  }
}

/** Units and events; more than a client pipelines that waits for its answers. */
const MOST_IN_ONE_GO = 20;
/** Milliseconds; a client that means to go on in clear may think for a while, and one that is not waited for is not judged. */
const GRACE = 10_000;
/** Milliseconds. */
const LAST_WORD = 300;
const ANSWER: Action = { do: 'answer' };
const NOTHING: HonestAnswer = { bytes: Buffer.alloc(0) };
