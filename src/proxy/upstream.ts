import type { Dialogue } from '../protocols/dialogue.js';
import protocols from '../protocols/index.js';
import type { ClientUnit, HonestAnswer, Offer, OfferChange, Protocol, Reply } from '../protocols/protocol.js';
import type { Transcript } from '../wire/transcript.js';
import type { Wire } from '../wire/wire.js';
import { farewell } from './farewell.js';
import { Inbox } from './inbox.js';
import { openLeg, type OpenedLeg, type OpeningOptions } from './opening.js';
import type { ServerFacts } from './server.js';

export interface UpstreamOptions extends OpeningOptions {
  /** `served`: outside TLS the client is shown what the server offers inside, and its login is passed on; `refused`: what the server offers outside. */
  readonly plaintext: 'served' | 'refused';
  /** Changes what is offered inside TLS. */
  readonly inside?: (real: Offer) => Offer;
}

/** The answer of a real server; a long one is taken in pieces. */
export interface ForwardedAnswer extends HonestAnswer {
  readonly more?: AsyncIterable<Buffer>;
}

/**
 * A real server that gives the honest answers. It is always inside TLS with waxseal, wherever the client is, so that a
 * stripped client's login is answered and its session goes on. The upgrade is answered here and never forwarded.
 */
export class Upstream {
  readonly facts: ServerFacts;
  /** What the client is offered inside TLS: what the server offers there, unless a scenario changes it. */
  readonly insideOffer: Offer;
  readonly #insideChange: OfferChange | undefined;
  readonly #protocol: Protocol;
  readonly #wire: Wire;
  readonly #dialogue: Dialogue;
  readonly #transcript: Transcript;
  readonly #opening: OpenedLeg;
  readonly #options: UpstreamOptions;
  readonly #inbox = new Inbox();
  #unit: ClientUnit | undefined;
  #clientIsInside = false;
  /** Bytes of the command under way that were forwarded with its literals' announcements. */
  #forwarded = 0;
  /** Tag of an answer that came before all of its command was forwarded. */
  #answeredEarly: string | undefined;

  private constructor(opening: OpenedLeg, options: UpstreamOptions) {
    this.facts = opening.facts;
    this.#opening = opening;
    this.#options = options;
    this.#wire = opening.wire;
    this.#dialogue = opening.dialogue;
    this.#transcript = options.transcript;
    this.#protocol = protocols[options.server.protocol];
    this.insideOffer = options.inside?.(this.facts.inside) ?? this.facts.inside;
    this.#insideChange = changeBetween(this.facts.inside, this.insideOffer);
    void this.#listen();
  }

  /** Opens the leg; throws as `openLeg` does. */
  static async open(options: UpstreamOptions): Promise<Upstream> {
    return new Upstream(await openLeg(options), options);
  }

  /** Data outside of turns. */
  get unsolicited(): Pick<Inbox, 'arrives' | 'take'> {
    return this.#inbox;
  }

  greeting(): Buffer {
    const { greeting } = this.#opening;
    if (this.#clientIsInside) return this.#insideGreeting(greeting);
    // Where the server is inside TLS from the first byte, nothing is said outside: it is our client that has to ask for TLS.
    if (this.#options.plaintext === 'refused' && this.#options.server.tls === 'starttls') return greeting;
    return this.#protocol.rewriteOffer(greeting, {
      upgrade: true,
      logins: this.insideOffer.logins,
      loginDisabled: false,
    });
  }

  /** To a client that is inside TLS from the first byte, a greeting from before the upgrade tells of the wrong side. */
  #insideGreeting(greeting: Buffer): Buffer {
    if (this.#options.server.tls === 'implicit') return this.#changed(greeting);
    const { logins, loginDisabled } = this.insideOffer;
    return this.#protocol.rewriteOffer(greeting, { upgrade: false, logins, loginDisabled });
  }

  upgraded(): Buffer {
    this.#clientIsInside = true;
    return this.#changed(this.#opening.insideGreeting);
  }

  startInside(): void {
    this.#clientIsInside = true;
  }

  async answer(unit: ClientUnit): Promise<ForwardedAnswer> {
    const own = this.#ownAnswer(unit);
    if (own !== undefined) return own;
    const bytes = this.#toForward(unit);
    if (this.#inbox.closed) return { bytes: this.#inbox.take() ?? Buffer.alloc(0), close: true };
    if (unit.kind === 'body' && unit.goesOn === true) {
      await this.#forward(bytes);
      return { bytes: Buffer.alloc(0) };
    }
    const isAnswered = unit.kind === 'command' && unit.tag !== undefined && unit.tag === this.#answeredEarly;
    this.#answeredEarly = undefined;
    if (isAnswered) {
      await this.#forward(bytes);
      return { bytes: Buffer.alloc(0) };
    }
    this.#unit = unit;
    this.#inbox.beginTurn();
    await this.#forward(bytes);
    // The chunk itself is answered, not its announcement (RFC 3030 §2).
    if (unit.kind === 'command' && unit.followedBy !== undefined) {
      this.#endTurn();
      return { bytes: Buffer.alloc(0) };
    }
    return this.#answered(unit);
  }

  /** Says goodbye; the socket is freed soon after, whatever the server does. */
  close(): void {
    farewell(this.#wire);
  }

  /** Frees the socket at once. */
  destroy(): void {
    this.#wire.destroy();
  }

  async #forward(bytes: Buffer): Promise<void> {
    this.#dialogue.client(bytes);
    while (this.#dialogue.next() !== undefined);
    await this.#wire.write(bytes);
  }

  #ownAnswer(unit: ClientUnit): HonestAnswer | undefined {
    const { answers } = this.#protocol;
    if (unit.kind === 'oversize') {
      const bytes = unit.of === 'message' ? answers.tooBig?.() : undefined;
      return { bytes: bytes ?? answers.refuse(undefined, 'bad', 'Line too long'), close: true };
    }
    if (unit.kind !== 'command') return undefined;
    if (unit.moment === 'starttls') {
      if (this.#clientIsInside) return { bytes: answers.refuse(unit, 'bad', 'TLS is active already') };
      return { bytes: answers.goAhead(unit), upgrade: true };
    }
    const refuses =
      this.#options.plaintext === 'refused' && !this.#clientIsInside && this.facts.outside?.logins.length === 0;
    return refuses && unit.moment === 'login' ? { bytes: answers.refuse(unit, 'no', 'Start TLS first') } : undefined;
  }

  /** A command with synchronising literals went on in parts: what is left of it. */
  #toForward(unit: ClientUnit): Buffer {
    const bytes = unit.raw.subarray(this.#forwarded);
    this.#forwarded = unit.kind === 'literal-wait' ? unit.raw.length : 0;
    return bytes;
  }

  async #answered(unit: ClientUnit): Promise<ForwardedAnswer> {
    const change =
      unit.moment !== 'capabilities' ? undefined : this.#clientIsInside ? this.#insideChange : this.#outsideChange();
    const first = await this.#inbox.takeOfTurn(this.#options.patience.answer);
    if (first.is === 'over') {
      this.#endTurn();
      return {
        bytes: change === undefined ? first.bytes : this.#protocol.rewriteOffer(first.bytes, change),
        ...(this.#inbox.closed && { close: true }),
      };
    }
    if (first.is === 'late') return { bytes: this.#givenUp(), close: true };
    const rest = this.#rest();
    if (change === undefined) return { bytes: first.bytes, more: rest };
    const pieces = [first.bytes];
    let length = first.bytes.length;
    for await (const piece of rest) {
      pieces.push(piece);
      length += piece.length;
      if (length > LONGEST_LIST) return { bytes: this.#givenUp(), close: true };
    }
    return { bytes: this.#protocol.rewriteOffer(Buffer.concat(pieces), change) };
  }

  async *#rest(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        const { bytes, is } = await this.#inbox.takeOfTurn(this.#options.patience.answer);
        if (is === 'late') this.#givenUp();
        if (bytes.length > 0) yield bytes;
        if (is !== 'more') return;
      }
    } finally {
      this.#endTurn();
    }
  }

  /** What a list of the inside is changed to for a client outside: the upgrade is on it, and only what the server offers there if it is to be refused. */
  #outsideChange(): OfferChange {
    const { outside } = this.facts;
    if (this.#options.plaintext === 'served' || outside === undefined) return { ...this.#insideChange, upgrade: true };
    return { upgrade: true, logins: outside.logins, loginDisabled: outside.loginDisabled };
  }

  #changed(bytes: Buffer): Buffer {
    return this.#insideChange === undefined ? bytes : this.#protocol.rewriteOffer(bytes, this.#insideChange);
  }

  #givenUp(): Buffer {
    this.#transcript.note({ what: 'server-late', by: 'us', ms: this.#options.patience.answer });
    this.#endTurn();
    this.#inbox.close();
    return Buffer.alloc(0);
  }

  #endTurn(): void {
    this.#unit = undefined;
    this.#inbox.endTurn();
  }

  /** Reads the server for as long as it is there. */
  async #listen(): Promise<void> {
    for (;;) {
      const event = await this.#wire.read(LONG);
      if (event?.kind === 'bytes') {
        const replies = this.#dialogue.server(event.bytes);
        if (this.#unit === undefined)
          this.#answeredEarly = replies.findLast(({ kind }) => kind === 'final')?.tag ?? this.#answeredEarly;
        await this.#inbox.put(
          event.bytes,
          this.#unit !== undefined && replies.some((reply) => isAnswer(reply, this.#unit)) && !this.#dialogue.isMoreDue,
        );
      } else if (event !== undefined) {
        if (event.kind === 'end') this.#wire.end('server');
        this.#inbox.close();
        return;
      }
    }
  }
}

/** What has to be changed to make one offer of another; undefined if nothing. */
const changeBetween = (from: Offer, to: Offer): OfferChange | undefined => {
  const addExtensions = to.extensions.filter((each) => !from.extensions.includes(each));
  const change: OfferChange = {
    ...(to.logins.join(' ') !== from.logins.join(' ') && { logins: to.logins }),
    ...(to.loginDisabled !== from.loginDisabled && { loginDisabled: to.loginDisabled }),
    ...(addExtensions.length > 0 && { addExtensions }),
  };
  return Object.keys(change).length === 0 ? undefined : change;
};

/** Whether a reply ends the turn of a unit: it is the last one, or invites the client to go on. */
const isAnswer = (reply: Reply, unit: ClientUnit | undefined): boolean => {
  if (reply.kind === 'final' || reply.kind === 'continuation' || reply.kind === 'greeting') return true;
  // A line without a tag can't be answered by one.
  return unit?.kind === 'command' && unit.tag === undefined;
};

const LONG = 60_000;
const LONGEST_LIST = 1024 * 1024;
