import { isIP, type Socket } from 'node:net';
import { Fault } from '../fault.js';
import type { Command, Reply } from '../protocols/protocol.js';
import { ReplyReader } from '../protocols/reply-reader.js';
import { buildClientHello, type HelloOrder } from '../tls/build-hello.js';
import type { ServerAnswer } from '../tls/server-answer.js';
import { ServerFlightReader } from '../tls/server-flight.js';
import { startOfTls } from '../tls/tls-start.js';
import { Transcript } from '../wire/transcript.js';
import { Wire } from '../wire/wire.js';
import { Arrivals } from './arrivals.js';
import {
  alertInside,
  isAnswer,
  serverBytes,
  type CommandAnswer,
  type HeardReply,
  type Secured,
} from './call-answers.js';
import type { DialOptions, HelloManner, SecureOptions } from './call-options.js';
import { OVERLOADED, rawHello, securingHello, toldHello, type CutHello } from './cut-hello.js';
import { dialled, seconds, where } from './dialled.js';
import { writeHello } from './hello-segments.js';
import { endpointText } from './listener.js';
import { proxyHeader } from './proxy-header.js';
import type { TranscriptLine, Place } from './place.js';
import { tolerantContext } from './tolerant-context.js';
import { Turnout } from './turnout.js';

/** One connection to a listener, in the client's seat. What the server does wrong is in the answers, never an exception. */
export class Call {
  readonly id: number;
  readonly transcript: Transcript;
  readonly #options: DialOptions;
  readonly #wire: Wire;
  readonly #reader: ReplyReader;
  readonly #socket: Socket | Turnout;
  readonly #arrivals: Arrivals;
  #tag = 0;
  #received = 0;
  #isHeard = false;
  /** A ClientHello is due, and nothing was said since. */
  #isHelloDue: boolean;
  #cutHello: CutHello | undefined;
  #isHelloAnswered = false;
  #wordsForHello: string | undefined;
  #isLeaving = false;
  /** Operations that were begun, and those that are not over. */
  #begun = 0;
  #pending = 0;
  /** Milliseconds of the quickest answer so far: the way there and back. */
  #quickest = Infinity;

  private constructor(id: number, socket: Socket | Turnout, options: DialOptions) {
    this.id = id;
    this.#options = options;
    this.#arrivals = new Arrivals(id);
    this.#isHelloDue = options.listener.tls === 'implicit';
    this.#reader = new ReplyReader(options.protocol);
    this.#socket = socket;
    const began = performance.now();
    this.transcript = new Transcript(() => performance.now() - began, {
      limit: KEPT,
      onBytes: (from, bytes, inside, entry) => {
        if (from !== 'server') return;
        if (!this.#isHeard) options.onHeard?.();
        this.#isHeard = true;
        this.#isHelloDue = false;
        this.#arrivals.record({ entry, start: 0, length: bytes.length, inside });
      },
    });
    this.#wire = new Wire(socket, 'client', this.transcript);
  }

  /** Connects, and sends the header of the PROXY protocol where the route has one; throws as `dialled` does. */
  static async dial(id: number, options: DialOptions): Promise<Call> {
    const { listener, patience, route, turnsTo } = options;
    const socket = await dialled(listener, patience.connect, route);
    const call = new Call(id, turnsTo === undefined ? socket : new Turnout(socket), options);
    if (route?.header !== undefined)
      await call.say(proxyHeader(route.header, call.local, { address: listener.address, port: listener.port }));
    return call;
  }

  /**
   * Leads the connection to the listener of `DialOptions.turnsTo`, as an attacker on the path does: what is said from now on is said
   * there, and what comes from there is taken for the answer. Throws as `dialled` does.
   */
  async turn(): Promise<void> {
    const { turnsTo, onTurn, route, patience } = this.#options;
    const socket = this.#socket;
    if (turnsTo === undefined || !(socket instanceof Turnout))
      throw new Fault('HARNESS_BUG', 'a connection was turned that has one listener only');
    if (socket.isOver)
      throw new Fault(
        'UNREACHABLE',
        `${where(this.#options.listener)} ended the connection after the go-ahead for TLS`,
      );
    // What is said to a ClientHello there is no answer of this listener.
    this.#isHelloDue = false;
    this.transcript.note({ what: 'led-elsewhere', by: 'us', to: endpointText(turnsTo.host, turnsTo.port) });
    await this.#doing(
      socket.turn(async () => {
        await onTurn?.();
        const other = await dialled(turnsTo, patience.connect, route);
        if (route?.header !== undefined) other.write(proxyHeader(route.header, localOf(other), turnsTo));
        return other;
      }),
    );
  }

  /** A header of the PROXY protocol was sent. */
  get isHeaded(): boolean {
    return this.#options.route?.header !== undefined;
  }

  /** We have a certificate, to be shown where one is asked for. */
  get isCertified(): boolean {
    return this.#options.clientCertificate !== undefined;
  }

  get inside(): boolean {
    return this.#wire.inside;
  }

  /** Nothing was said but what leads to the go-ahead, which has come: a ClientHello may be said now. */
  helloIsDue(): void {
    this.#isHelloDue = this.#reader.length === 0;
  }

  /** The ClientHello, to be sent again, at which the server ended the connection without a word, or with the alert of who is overloaded. */
  get cutHello(): CutHello | undefined {
    return this.#cutHello;
  }

  /** A ClientHello was answered in TLS, by whatever a server says that is not overloaded. */
  get isHelloAnswered(): boolean {
    return this.#isHelloAnswered && !(this.#socket instanceof Turnout && this.#socket.isTurned);
  }

  /** What the server said in clear where its answer to a ClientHello was due (latin1). */
  get wordsForHello(): string | undefined {
    return this.#wordsForHello;
  }

  /** The name of the alert by which the server ended TLS after the handshake had succeeded on our side, as it may in TLS 1.3. */
  get alertInside(): string | undefined {
    return alertInside(this.transcript.entries);
  }

  /** Operations that were begun so far, where none is going on; undefined where one is. */
  get restingAfter(): number | undefined {
    return this.#pending === 0 ? this.#begun : undefined;
  }

  /** Our end of the connection. */
  get local(): { readonly address: string; readonly port: number } {
    return localOf(this.#socket);
  }

  /** The lines of what arrived and was not read yet, at most 200 bytes of it; the last may be unfinished. */
  unreadLines(): TranscriptLine[] {
    const text = this.#reader.view(0, SHOWN).toString('latin1');
    return this.#arrivals.linesAt(
      text.split(/\r?\n/).filter((line) => line !== ''),
      text,
    );
  }

  /** A tag for the next command; protocols without tags ignore it. */
  tag(): string {
    this.#tag += 1;
    return `w${String(this.#tag)}`;
  }

  /** Waits for first bytes without reading them as a reply. */
  async peek(
    timeout: number,
  ): Promise<{ readonly how: 'bytes' | 'silent' | 'ended' | 'records'; readonly bytes: Buffer }> {
    const deadline = performance.now() + timeout;
    while (this.#reader.length === 0) {
      const how = await this.#receive(deadline);
      if (how !== 'bytes') return { how: how === 'flood' ? 'bytes' : how, bytes: Buffer.alloc(0) };
    }
    return { how: 'bytes', bytes: Buffer.from(this.#reader.view(0, 512)) };
  }

  /** The greeting; ManageSieve's is the whole capability block. */
  async greeting(timeout = this.#options.patience.greeting): Promise<CommandAnswer> {
    return this.#hear(undefined, performance.now() + timeout, () => true);
  }

  /** Says one command and waits for its final reply, or for a continuation; `more` goes out in the same segment. */
  async ask(
    bytes: Buffer,
    timeout = this.#options.patience.reply,
    more: Buffer = Buffer.alloc(0),
  ): Promise<CommandAnswer> {
    const read = this.#options.protocol.readCommand(bytes, 0);
    const command = read?.value.kind === 'command' ? read.value : undefined;
    const asked = performance.now();
    await this.#doing(this.#wire.write(more.length === 0 ? bytes : Buffer.concat([bytes, more])));
    const answer = await this.#hear(command, performance.now() + timeout, (reply) => isAnswer(reply, command));
    if (answer.how === 'answered') this.#quickest = Math.min(this.#quickest, performance.now() - asked);
    return answer;
  }

  /** Says something as it is and waits for nothing. */
  async say(bytes: Buffer): Promise<void> {
    await this.#doing(this.#wire.write(bytes));
  }

  /** Whatever the server says within `timeout` of hearing our last bytes: a server far away is no silent one. */
  async listen(timeout: number): Promise<CommandAnswer> {
    const away = Number.isFinite(this.#quickest) ? 2 * this.#quickest : 0;
    return this.#hear(undefined, performance.now() + timeout + away, () => false);
  }

  /** One reply that is due already, whatever command it belongs to; it is read as an answer to `asking` where given. */
  async next(timeout = this.#options.patience.reply, asking?: Buffer): Promise<CommandAnswer> {
    const read = asking && this.#options.protocol.readCommand(asking, 0);
    const to = read?.value.kind === 'command' ? read.value : undefined;
    return this.#hear(
      to,
      performance.now() + timeout,
      (reply) => reply.kind === 'final' || reply.kind === 'continuation',
    );
  }

  /** Turns to TLS in place, with the usual offer where `asked` says no other. */
  async secure(asked: SecureOptions = {}): Promise<Secured> {
    const options = { ...this.#options.offer?.(), ...asked };
    const unread = this.#reader.takeAll();
    const servername = options.servername ?? this.#options.servername;
    const alpn = options.alpn ?? this.#options.alpn?.();
    const wasDue = this.#isHelloDue;
    const { boundary, peer } = await this.#doing(
      this.#wire.connectTls(
        {
          context: tolerantContext(
            options.newest ?? 'TLSv1.3',
            options.suites ?? 'careful',
            options.signatures,
            this.#options.clientCertificate,
          ),
          host: servername,
          ...(isIP(servername) === 0 && options.nameless !== true && { servername }),
          asksForStatus: true,
          ...(options.session && { session: options.session }),
          ...(options.onSession && { onSession: options.onSession }),
          ...(alpn !== undefined && { alpn: [alpn] }),
          timeout: options.timeout ?? this.#options.patience.handshake,
          trusts: (chain) => this.#options.trusts?.(chain, servername) ?? false,
        },
        unread,
      ),
    );
    if (!peer.completed && peer.chain === undefined && wasDue) {
      if (peer.alert?.sentByPeer === true && peer.alert.name === OVERLOADED)
        this.#cutHello = { ...securingHello(options), told: 'oddly' };
      else if (peer.brokenOff === true && this.#isHelloDue) this.#cutHello = securingHello(options);
    } else this.#isHelloAnswered = peer.completed || peer.chain !== undefined;
    this.#wordsForHello = peer.inClear;
    const { first } = this.#arrivals;
    const text = boundary.pending.map(({ data }) => data).join('');
    this.#arrivals.keep('inside');
    const at = { connection: this.id, entry: this.transcript.entries.indexOf(boundary), start: 0, end: 0 };
    return {
      peer,
      at,
      ...(text !== '' && {
        between: {
          text,
          at: first === undefined ? at : this.#arrivals.place(first, 0, text.split(/\r?\n/)[0]?.length ?? 0),
        },
      }),
    };
  }

  /** Sends a raw ClientHello and reads the server's flight; no handshake follows. Throws the Fault `TIMED_OUT`. */
  async hello(
    order: HelloOrder,
    { isInTwoSegments = false, isSecond = false, timeout = this.#options.patience.handshake }: HelloManner = {},
  ): Promise<{ readonly answer: ServerAnswer; readonly at: Place }> {
    const deadline = performance.now() + timeout;
    const reader = new ServerFlightReader(isSecond);
    let seen = this.transcript.entries.length;
    const wasDue = this.#isHelloDue;
    // Our own hello is the next entry (or two), the server's answer the one after it.
    const at = { connection: this.id, entry: seen + (isInTwoSegments ? 2 : 1), start: 0, end: 0 };
    if (this.#reader.length > 0) reader.push(this.#reader.takeAll());
    const alpn = this.#options.alpn?.();
    const bytes = buildClientHello({ ...(alpn !== undefined && { alpn: [alpn] }), ...order });
    await this.#doing(writeHello(bytes, isInTwoSegments, (segment) => this.#wire.write(segment)));
    for (;;) {
      const event = await this.#doing(this.#wire.read(Math.max(0, deadline - performance.now())));
      reader.push(serverBytes(this.transcript.entries.slice(seen)));
      seen = this.transcript.entries.length;
      if (reader.answer !== 'incomplete') {
        const { answer } = reader;
        if (wasDue && answer.kind === 'alert' && answer.name === OVERLOADED)
          this.#cutHello = toldHello(order, { isInTwoSegments, timeout });
        else this.#isHelloAnswered = answer.kind !== 'not-tls';
        return { answer: this.#answeredWith(answer), at };
      }
      if (event === undefined)
        throw new Fault(
          'TIMED_OUT',
          `${where(this.#options.listener)} did not answer a ClientHello within ${seconds(timeout)}`,
        );
      if (event.kind === 'end') {
        if (this.#isHelloDue) this.#cutHello = rawHello(order, { isInTwoSegments, timeout });
        return { answer: this.#answeredWith(reader.end()), at };
      }
    }
  }

  #answeredWith(answer: ServerAnswer): ServerAnswer {
    if (answer.kind === 'not-tls') this.#wordsForHello = answer.bytes.toString('latin1');
    return answer;
  }

  /** Ends TLS with close_notify and stays connected; what was not read yet is dropped. */
  async leaveTls(): Promise<void> {
    await this.#doing(this.#wire.downgrade());
    for (;;) {
      const event = await this.#doing(this.#wire.read(0));
      if (event === undefined || event.kind === 'outside' || event.kind === 'end') break;
    }
    this.#reader.takeAll();
    this.#arrivals.keep('outside');
  }

  /** Sends octets after a hello that was answered, and reads what comes, up to a whole record or the end; for `timeout` ms and the way there and back. */
  async exchange(bytes: Buffer, timeout: number): Promise<{ readonly bytes: Buffer; readonly isEnded: boolean }> {
    const away = Number.isFinite(this.#quickest) ? 2 * this.#quickest : 0;
    const deadline = performance.now() + timeout + away;
    const seen = this.transcript.entries.length;
    await this.#doing(this.#wire.write(bytes));
    for (;;) {
      const event = await this.#doing(this.#wire.read(Math.max(0, deadline - performance.now())));
      const heard = serverBytes(this.transcript.entries.slice(seen));
      const isWhole = heard.length >= 5 && heard.length >= 5 + heard.readUInt16BE(3);
      if (event === undefined || event.kind === 'end' || isWhole)
        return { bytes: heard, isEnded: event?.kind === 'end' };
    }
  }

  /** Begins another handshake inside TLS 1.2, for `timeout` ms; why it failed, or nothing. */
  renegotiate(timeout = this.#options.patience.reply): Promise<string | undefined> {
    return this.#doing(this.#wire.renegotiate(timeout));
  }

  /**
   * Takes leave as the protocol has it, so that the server's log shows no lost connection. Nothing can be said afterwards, and nobody
   * need wait for the answer: it is heard, and the connection closed, while others go on.
   */
  quit(): void {
    // Nobody waits for a farewell from who says nothing.
    const isSilent = this.inside && this.#options.isSilentInside?.() === true;
    if (this.#wire.ended || isSilent) {
      this.close();
      return;
    }
    this.#isLeaving = true;
    const done = (): void => {
      this.#isLeaving = false;
      this.close();
    };
    this.ask(this.#options.protocol.say.quit(this.tag()), FAREWELL).then(done, done);
  }

  /** Calls this once the connection is closed on this side; at once if it is. */
  onClosed(callback: () => void): void {
    if (this.#socket.closed) callback();
    else this.#socket.once('close', callback);
  }

  /** Closes; who takes leave is let finish. */
  close(): void {
    if (this.#isLeaving) return;
    this.#wire.end('us');
    this.#wire.destroy();
  }

  async #doing<T>(operation: Promise<T>): Promise<T> {
    this.#begun += 1;
    this.#pending += 1;
    try {
      return await operation;
    } finally {
      this.#pending -= 1;
    }
  }

  async #hear(to: Command | undefined, deadline: number, isLast: (reply: Reply) => boolean): Promise<CommandAnswer> {
    const replies: HeardReply[] = [];
    const budget = this.#received + MOST_RECEIVED;
    for (;;) {
      for (;;) {
        if (this.#isAtRecord()) return { how: 'records', replies };
        const read = this.#reader.next(to);
        if (read === undefined) break;
        const { value } = read;
        const reply = { ...value, said: this.#arrivals.linesAt(value.lines, value.raw.toString('latin1')) };
        this.#arrivals.forget(read.length);
        replies.push(reply);
        if (isLast(reply)) return { how: 'answered', replies, final: reply };
      }
      if (this.#received >= budget) return { how: 'flood', replies };
      const how = await this.#receive(deadline);
      if (how !== 'bytes') return { how, replies };
    }
  }

  /** An alert may come in the segment of the reply before it; its last octet, a line feed, would end a "line". */
  #isAtRecord(): boolean {
    if (this.inside) return false;
    const start = startOfTls(this.#reader.view(0, RECORD_START));
    return 'at' in start && start.at === 0;
  }

  async #receive(deadline: number): Promise<'bytes' | 'silent' | 'ended' | 'records' | 'flood'> {
    const event = await this.#doing(this.#wire.read(Math.max(0, deadline - performance.now())));
    if (event === undefined) return 'silent';
    if (event.kind === 'end' || event.kind === 'outside') return 'ended';
    // The wire records a segment and tells of it: one entry, one event.
    const arrival = this.#arrivals.next();
    if (event.kind === 'records') return 'records';
    if (arrival !== undefined) this.#arrivals.take(arrival);
    this.#reader.append(event.bytes);
    this.#received += event.bytes.length;
    return this.#reader.length > LONGEST_REPLY ? 'flood' : 'bytes';
  }
}

const localOf = ({ localAddress = '', localPort = 0 }: Socket | Turnout): Call['local'] => ({
  address: localAddress,
  port: localPort,
});

const SHOWN = 200;
const [KEPT, LONGEST_REPLY, MOST_RECEIVED] = [128 * 1024, 256 * 1024, 1024 * 1024];
const FAREWELL = 1000;
/** Bytes by which a TLS record is known. */
const RECORD_START = 6;
