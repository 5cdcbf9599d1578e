import { Dialogue } from '../protocols/dialogue.js';
import protocols from '../protocols/index.js';
import type { WellKnownPort } from '../protocols/port-roles.js';
import type { Protocol, TlsMode } from '../protocols/protocol.js';
import type { KeyLog } from '../tls/key-log.js';
import { startOfTls } from '../tls/tls-start.js';
import type { BoundaryEntry, Party } from '../wire/entry.js';
import { helloAfterLine } from '../wire/record-filter.js';
import { TlsSeeker } from '../wire/tls-seeker.js';
import { Transcript } from '../wire/transcript.js';
import { AskedUpgrade } from './asked-upgrade.js';
import { boundaryOf } from './boundary-of.js';
import { certificateFault } from './certificate-fault.js';
import type { CapturedConnection, CapturedTls, Endpoint, Loss } from './connection.js';
import { EarlySpeech } from './early-speech.js';
import { placeFor, placeOf, protocolByAlpn } from './found-protocol.js';
import { ANSWER_HEADER, looksSealed, startOfAnswer } from './tls-beginning.js';
import { TlsSession, type TlsEvent } from './tls-session.js';

/** What a captured connection is followed with. */
export interface MailFlowOptions {
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  readonly startSeen: boolean;
  readonly keys: KeyLog;
  /** PEM; certificates are checked against them and the roots that Node carries. */
  readonly anchors?: readonly string[] | undefined;
}

/**
 * Follows one connection of a capture: finds its protocol, sees where TLS starts and ends, and writes down what was said as a
 * connection of our own would be, so that the same judges read it.
 */
export class MailFlow {
  readonly #options: MailFlowOptions;
  readonly #transcript: Transcript;
  #now: number;
  #protocol: Protocol | undefined;
  #isOther = false;
  #dialogue: Dialogue | undefined;
  readonly #early: EarlySpeech;
  #session: TlsSession | undefined;
  readonly #sessions: CapturedTls[] = [];
  #isBoundaryDue = false;
  #pending: BoundaryEntry['pending'][number][] = [];
  #serverStarted = false;
  #serverHead: Buffer = Buffer.alloc(0);
  #seeker: TlsSeeker | undefined;
  readonly #upgrade = new AskedUpgrade(() => this.#sessions.length > 0 || this.#pending.length > 0);
  #mode: TlsMode | undefined;
  readonly #losses: Loss[] = [];
  #inside = false;
  /** Bytes of one side were not seen right before: what comes may be the middle of anything. */
  readonly #unsure: Record<Party, boolean>;
  readonly #opaque: Record<Party, boolean> = { client: false, server: false };
  readonly #begun: Record<Party, boolean> = { client: false, server: false };
  #clientHead: Buffer = Buffer.alloc(0);
  /** Bytes of the client's that the dialogue was given in this phase. */
  #clientLength = 0;
  #kept = 0;

  constructor(options: MailFlowOptions) {
    this.#options = options;
    this.#now = options.openedAt;
    this.#early = new EarlySpeech(options.server.port);
    this.#transcript = new Transcript(() => Math.max(0, this.#now - options.openedAt));
    this.#unsure = { client: !options.startSeen, server: !options.startSeen };
    const place = placeOf(options.server.port);
    if (place !== undefined && !options.startSeen) this.#decide(protocols[place.protocol]);
  }

  /** It is no mail: nothing is kept of it. */
  get isOther(): boolean {
    return this.#isOther;
  }

  /** TLS, or no mail: repeated segments need not be compared. */
  get isSealed(): boolean {
    return this.#isOther || this.#session !== undefined;
  }

  /** Bytes that are held, about. */
  get held(): number {
    return this.#early.size + this.#transcript.entries.length * OF_AN_ENTRY + Math.min(this.#kept, MOST_KEPT);
  }

  /** Takes the next bytes of one side. */
  bytes(from: Party, bytes: Buffer, at: number): void {
    if (this.#isOther || this.#opaque[from]) return;
    this.#now = at;
    if (this.#unsure[from] && this.#session === undefined) {
      this.#unsure[from] = false;
      if (looksSealed(bytes)) {
        this.#opaque[from] = true;
        return;
      }
    }
    if (this.#session !== undefined) this.#tls(from, bytes);
    else if (from === 'client') this.#client(bytes);
    else this.#server(bytes);
  }

  /** Bytes of one side were not captured. */
  lost(from: Party, count: number, at: number): void {
    if (this.#isOther) return;
    this.#now = at;
    const session = this.#session;
    this.#losses.push({ from, count, before: this.#transcript.entries.length, inside: session !== undefined });
    session?.lose(from);
    this.#unsure[from] = true;
    if (from === 'client' && session === undefined) this.#giveUpSeeking();
  }

  /** One side has ended. */
  ended(from: Party, how: 'fin' | 'reset', at: number): void {
    if (this.#isOther) return;
    this.#now = at;
    if (this.#protocol !== undefined) this.#transcript.end(from, how, from);
  }

  /** What was seen, once no more will come; undefined where it is no mail. */
  conclude(end: CapturedConnection['end'], contradicts: boolean): CapturedConnection | undefined {
    this.#giveUpSeeking();
    this.#decideAtLast();
    if (this.#isBoundaryDue) this.#boundary();
    const protocol = this.#protocol;
    if (this.#isOther || protocol === undefined) return undefined;
    const { client, server, openedAt, startSeen } = this.#options;
    const place = this.#place(protocol);
    const tls = this.#mode ?? place.tls;
    return {
      client,
      server,
      openedAt,
      duration: Math.max(0, this.#now - openedAt),
      protocol: protocol.name,
      tls,
      portRole: place.role,
      isUsualPort: placeOf(server.port)?.protocol === protocol.name,
      record: {
        id: 1,
        endpoint: 'own',
        portRole: place.role,
        port: server.port,
        protocol: protocol.name,
        tls,
        leg: 'client',
        openedAt: 0,
        entries: this.#transcript.entries,
        truncated: this.#transcript.truncated,
      },
      // What was said inside has come since.
      sessions: this.#sessions.map((each) => ({ ...each, facts: this.#session?.facts ?? each.facts })),
      losses: this.#losses,
      startSeen,
      end,
      contradicts,
      tlsUnseen: this.#opaque.client || this.#opaque.server,
      lateReplies: this.#upgrade.lateReplies,
      upgrade: this.#upgrade.state,
    };
  }

  #place(protocol: Protocol): WellKnownPort {
    const place = placeOf(this.#options.server.port);
    return place?.protocol === protocol.name ? place : placeFor(protocol, this.#mode ?? 'starttls');
  }

  #client(bytes: Buffer): void {
    if (this.#seeker !== undefined) {
      const found = this.#seeker.push(bytes, false);
      if (found !== undefined) this.#beginTls(found, 'starttls');
      return;
    }
    if (!this.#begun.client && this.#losses.length === 0 && this.#options.startSeen) {
      this.#clientHead = Buffer.concat([this.#clientHead, bytes]);
      const start = startOfTls(this.#clientHead);
      if ('at' in start && start.at === 0) {
        this.#beginTls(this.#clientHead, 'implicit');
        return;
      }
      if (!('at' in start) && start.keepFrom === 0) return;
      this.#begun.client = true;
      this.#clientText(this.#clientHead);
      return;
    }
    this.#clientText(bytes);
  }

  /** A client that does not wait for the go-ahead sends its ClientHello in the same segment. */
  #clientText(bytes: Buffer): void {
    const end = helloAfterLine(bytes);
    this.#text('client', bytes.subarray(0, end));
    if (end === bytes.length) return;
    if (this.#seeker === undefined) this.#text('client', bytes.subarray(end));
    else this.#client(bytes.subarray(end));
  }

  #server(bytes: Buffer): void {
    this.#text('server', bytes);
  }

  #beginTls(hello: Buffer, mode: TlsMode): void {
    this.#seeker = undefined;
    this.#mode ??= mode;
    const session = new TlsSession(this.#options.keys);
    this.#session = session;
    this.#serverStarted = mode === 'implicit';
    this.#isBoundaryDue = true;
    this.#tls('client', hello);
    if (mode === 'implicit') this.#decideTls(session);
  }

  /** By port, by the name in ALPN; else, where keys are known, by what is said inside. */
  #decideTls(session: TlsSession): void {
    if (this.#protocol !== undefined) return;
    const { hello } = session.facts;
    const place = placeOf(this.#options.server.port);
    const named = hello && protocolByAlpn(hello.alpn);
    if (named !== undefined) this.#decide(named);
    else if (place !== undefined) this.#decide(protocols[place.protocol]);
    else if (hello !== undefined && !this.#options.keys.knows(hello.random)) this.#isOther = true;
  }

  #tls(from: Party, bytes: Buffer): void {
    const session = this.#session;
    if (session === undefined) return;
    if (from === 'server' && !this.#serverStarted) {
      this.#seekServer(bytes, session);
      return;
    }
    this.#events(session.push(from, bytes));
    if (from === 'client' && this.#mode === 'implicit') this.#decideTls(session);
  }

  /** In clear, the server may say more after its go-ahead: TLS begins with its first record. */
  #seekServer(bytes: Buffer, session: TlsSession): void {
    this.#serverHead = Buffer.concat([this.#serverHead, bytes]);
    const at = startOfAnswer(this.#serverHead);
    const text = this.#serverHead.subarray(0, at);
    const rest = this.#serverHead.subarray(at);
    if (text.length > 0) this.#text('server', Buffer.from(text));
    this.#serverHead = Buffer.from(rest);
    if (rest.length < ANSWER_HEADER) return;
    this.#serverStarted = true;
    this.#serverHead = Buffer.alloc(0);
    this.#events(session.push('server', rest));
  }

  #events(events: readonly TlsEvent[]): void {
    for (const event of events) {
      switch (event.kind) {
        case 'completed':
          this.#boundary();
          break;
        case 'data':
          this.#text(event.from, event.bytes, true);
          break;
        case 'text':
          this.#leftTls(event.from);
          this.#text(event.from, event.bytes);
          break;
        case 'closed':
      }
    }
  }

  #leftTls(from: Party): void {
    if (this.#isBoundaryDue) this.#boundary();
    if (!this.#inside) return;
    this.#inside = false;
    this.#transcript.outside(from);
    this.#resetDialogue();
  }

  #resetDialogue(): void {
    this.#dialogue?.reset();
    this.#upgrade.reset();
    this.#clientLength = 0;
  }

  #boundary(): void {
    const session = this.#session;
    if (session === undefined || !this.#isBoundaryDue) return;
    this.#isBoundaryDue = false;
    const { facts } = session;
    const { completed } = facts;
    const fault = certificateFault(facts, { at: this.#now, anchors: this.#options.anchors });
    this.#sessions.push({ entry: this.#transcript.entries.length, facts, ...(fault && { fault }) });
    this.#inside = completed;
    this.#transcript.boundary(boundaryOf(facts, this.#pending, fault));
    this.#pending = [];
    if (completed) this.#resetDialogue();
  }

  #text(from: Party, bytes: Buffer, inside = false): void {
    if (bytes.length === 0 || this.#isOther) return;
    if (this.#protocol === undefined) {
      this.#early.add({ from, bytes: Buffer.from(bytes), inside, at: this.#now });
      const found = this.#early.protocol(this.#losses.length > 0);
      if (found === 'none') this.#giveUp();
      else if (found !== undefined) this.#decide(found);
    } else this.#say(from, bytes, inside);
  }

  /** The capture ends before anything could be told: on a usual port it counts as that port's protocol. */
  #decideAtLast(): void {
    if (this.#protocol !== undefined || this.#isOther) return;
    const likely = this.#early.protocolAtLast();
    if (likely !== undefined) this.#decide(likely);
  }

  #giveUp(): void {
    this.#isOther = true;
    this.#early.take();
  }

  #decide(protocol: Protocol): void {
    this.#protocol = protocol;
    this.#dialogue = new Dialogue(protocol, { mails: 'pieces' });
    if (!this.#options.startSeen) {
      this.#dialogue.expectNoGreeting();
      this.#transcript.note({ what: 'ungreeted', by: 'scenario' });
    }
    const now = this.#now;
    for (const { from, bytes, inside, at } of this.#early.take()) {
      this.#now = at;
      this.#say(from, bytes, inside);
    }
    this.#now = now;
  }

  #say(from: Party, bytes: Buffer, inside: boolean): void {
    const dialogue = this.#dialogue;
    if (dialogue === undefined) return;
    const entry = this.#transcript.entries.length;
    this.#transcript.bytes(from, bytes, inside);
    this.#kept += bytes.length;
    if (from === 'server') {
      const heard = { replies: dialogue.server(bytes), length: bytes.length, inside, entry };
      if (this.#upgrade.heard(heard, (reply) => this.#protocol?.isGoAhead(reply) === true)) this.#giveUpSeeking();
    } else {
      if (this.#seeker !== undefined && !inside) this.#keepPending(bytes);
      dialogue.client(bytes);
    }
    this.#drain(dialogue, from === 'client' && !inside ? bytes : undefined);
  }

  /** `clear` is what the client has just said outside TLS. */
  #drain(dialogue: Dialogue, clear: Buffer | undefined): void {
    const before = this.#clientLength;
    this.#clientLength += clear?.length ?? 0;
    for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next()) {
      const { unit, start } = placed;
      if (unit.kind === 'command') this.#upgrade.said(unit);
      if (unit.moment !== 'starttls' || this.#inside || this.#session !== undefined) continue;
      const isAnother = this.#seeker !== undefined;
      this.#seek();
      // Commands behind it in the same segment are no plaintext that is due.
      const rest = clear?.subarray(Math.max(0, start + unit.raw.length - before));
      if (!isAnother && rest !== undefined && rest.length > 0) this.#keepPending(rest);
    }
  }

  /** What comes in clear behind STARTTLS may be meant for the other side of TLS. */
  #keepPending(bytes: Buffer): void {
    if (this.#pending.length < MOST_PIECES)
      this.#pending.push({ at: this.#transcript.now(), data: bytes.toString('latin1', 0, LONGEST_PIECE) });
  }

  #seek(): void {
    this.#upgrade.ask();
    this.#seeker ??= new TlsSeeker((plain) => {
      this.#say('client', Buffer.from(plain), false);
    });
  }

  #giveUpSeeking(): void {
    const seeker = this.#seeker;
    this.#seeker = undefined;
    this.#pending = [];
    seeker?.giveUp();
  }
}

const MOST_PIECES = 64;
/** Bytes of a transcript. */
const MOST_KEPT = 1024 * 1024;
/** Bytes that an entry takes besides its data. */
const OF_AN_ENTRY = 200;
/** Bytes. */
const LONGEST_PIECE = 4096;
