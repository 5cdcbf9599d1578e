import { connect, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { isIP } from 'node:net';
import { constants } from 'node:crypto';
import { Fault } from '../fault.js';
import { ByteQueue } from '../protocols/byte-queue.js';
import type { Command, Protocol, Reply, ReplyProgress } from '../protocols/protocol.js';
import { buildClientHello, type HelloOrder } from '../tls/build-hello.js';
import type { ServerAnswer } from '../tls/server-answer.js';
import { ServerFlightReader } from '../tls/server-flight.js';
import type { BoundaryEntry } from '../wire/entry.js';
import { Transcript } from '../wire/transcript.js';
import type { Handshake } from '../wire/upgrade.js';
import { Wire } from '../wire/wire.js';
import { endpointText, type Listener } from './listener.js';

/** Milliseconds. */
export interface Patience {
  readonly connect: number;
  /** Postscreen and its like keep a stranger waiting for some seconds. */
  readonly greeting: number;
  readonly reply: number;
  readonly handshake: number;
  /** After this a server that says nothing is asked for TLS, while its greeting is still waited for. */
  readonly hint: number;
  /** How long to wait after a server said that it is busy, before it is asked once more. */
  readonly backOff: number;
  /** How long to look for words that should not come. */
  readonly quiet: number;
}

/** Why reading stopped. `flood`: more bytes than any honest reply has; `records`: TLS where plaintext was due. */
export type HeardHow = 'answered' | 'silent' | 'ended' | 'records' | 'flood';

/** What came back for one command. */
export interface Heard {
  readonly how: HeardHow;
  /** All replies in order; untagged and unexpected ones too. */
  readonly replies: readonly Reply[];
  /** The reply that answers the command. */
  readonly final?: Reply;
}

/** One connection to a listener, in the client's seat. What the server does wrong is in the answers, never an exception. */
export class Call {
  readonly id: number;
  readonly transcript: Transcript;
  readonly #protocol: Protocol;
  readonly #listener: Listener;
  readonly #servername: string;
  readonly #patience: Patience;
  readonly #wire: Wire;
  readonly #buffer = new ByteQueue();
  #first = true;
  #tag = 0;
  #received = 0;

  private constructor(id: number, socket: Socket, options: DialOptions) {
    this.id = id;
    this.#protocol = options.protocol;
    this.#listener = options.listener;
    this.#servername = options.servername;
    this.#patience = options.patience;
    const began = performance.now();
    this.transcript = new Transcript(() => performance.now() - began, { limit: KEPT });
    this.#wire = new Wire(socket, 'client', this.transcript);
  }

  /** Connects; throws the Fault `UNREACHABLE` (its cause carries the system's code) or `TIMED_OUT`. */
  static async dial(id: number, options: DialOptions): Promise<Call> {
    const { listener, patience } = options;
    const socket = connect({ host: listener.address, port: listener.port, noDelay: true, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.destroy();
        reject(
          new Fault(
            'TIMED_OUT',
            `${where(listener)} did not accept a connection within ${seconds(patience.connect)}; is a firewall in between?`,
          ),
        );
      }, patience.connect);
      socket.once('connect', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        reject(
          new Fault(
            'UNREACHABLE',
            `${where(listener)} cannot be reached (${error.code ?? error.message}); ${adviceOn(error.code)}`,
            { cause: error },
          ),
        );
      });
    });
    return new Call(id, socket, options);
  }

  get inside(): boolean {
    return this.#wire.inside;
  }

  /** What arrived and was not read yet. */
  get unread(): Buffer {
    return this.#buffer.view();
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
    while (this.#buffer.length === 0) {
      const how = await this.#receive(deadline);
      if (how !== 'bytes') return { how: how === 'flood' ? 'bytes' : how, bytes: Buffer.alloc(0) };
    }
    return { how: 'bytes', bytes: Buffer.from(this.#buffer.view(0, 512)) };
  }

  /** The greeting; ManageSieve's is the whole capability block. */
  async greeting(timeout = this.#patience.greeting): Promise<Heard> {
    const heard = await this.#hear(undefined, performance.now() + timeout, () => true);
    this.#first = false;
    return heard;
  }

  /** Says one command and waits for its final reply, or for a continuation; `more` goes out in the same segment. */
  async ask(bytes: Buffer, timeout = this.#patience.reply, more: Buffer = Buffer.alloc(0)): Promise<Heard> {
    const read = this.#protocol.readCommand(bytes, 0);
    const command = read?.value.kind === 'command' ? read.value : undefined;
    await this.#wire.write(more.length === 0 ? bytes : Buffer.concat([bytes, more]));
    return this.#hear(command, performance.now() + timeout, (reply) => isAnswer(reply, command));
  }

  /** Says something as it is and waits for nothing. */
  async say(bytes: Buffer): Promise<void> {
    await this.#wire.write(bytes);
  }

  /** Whatever the server says within `timeout`. */
  async listen(timeout: number): Promise<Heard> {
    return this.#hear(undefined, performance.now() + timeout, () => false);
  }

  /** One reply that is due already, whatever command it belongs to; it is read as an answer to `asking` where given. */
  async next(timeout = this.#patience.reply, asking?: Buffer): Promise<Heard> {
    const read = asking && this.#protocol.readCommand(asking, 0);
    const to = read?.value.kind === 'command' ? read.value : undefined;
    return this.#hear(
      to,
      performance.now() + timeout,
      (reply) => reply.kind === 'final' || reply.kind === 'continuation',
    );
  }

  /** Turns to TLS in place. Bytes in clear that the server sent before its handshake are in `boundary.pending`. */
  async secure(options: SecureOptions = {}): Promise<{ readonly boundary: BoundaryEntry; readonly peer: Handshake }> {
    const unread = this.#buffer.take(this.#buffer.length);
    const servername = options.servername ?? this.#servername;
    return this.#wire.connectTls(
      {
        context: tolerantContext(options.newest ?? 'TLSv1.3'),
        host: servername,
        ...(isIP(servername) === 0 && { servername }),
        timeout: this.#patience.handshake,
      },
      unread,
    );
  }

  /** Sends a raw ClientHello and reads the server's flight; no handshake follows. */
  async hello(order: HelloOrder): Promise<ServerAnswer> {
    const deadline = performance.now() + this.#patience.handshake;
    const reader = new ServerFlightReader();
    let seen = this.transcript.entries.length;
    if (this.#buffer.length > 0) reader.push(this.#buffer.take(this.#buffer.length));
    await this.#wire.write(buildClientHello(order));
    for (;;) {
      const event = await this.#wire.read(Math.max(0, deadline - performance.now()));
      for (const entry of this.transcript.entries.slice(seen)) {
        if (entry.kind === 'bytes' && entry.from === 'server') reader.push(Buffer.from(entry.data, 'latin1'));
      }
      seen = this.transcript.entries.length;
      if (reader.answer !== 'incomplete') return reader.answer;
      if (event === undefined)
        throw new Fault(
          'TIMED_OUT',
          `${where(this.#listener)} did not answer a ClientHello within ${seconds(this.#patience.handshake)}`,
        );
      if (event.kind === 'end') return reader.end();
    }
  }

  /** Takes leave as the protocol has it, so that the server's log shows no lost connection; then closes. */
  async quit(): Promise<void> {
    if (!this.#wire.ended) await this.ask(this.#protocol.say.quit(this.tag()), FAREWELL);
    this.close();
  }

  /** Closes. */
  close(): void {
    this.#wire.end('us');
    this.#wire.destroy();
  }

  async #hear(to: Command | undefined, deadline: number, isLast: (reply: Reply) => boolean): Promise<Heard> {
    const replies: Reply[] = [];
    const budget = this.#received + MOST_RECEIVED;
    let progress: ReplyProgress = { at: 0, lines: [] };
    for (;;) {
      for (;;) {
        const read = this.#protocol.readReply(this.#buffer.view(), {
          first: this.#first,
          progress,
          ...(to && { outstanding: to }),
        });
        if (read === undefined) break;
        progress = { at: 0, lines: [] };
        this.#buffer.take(read.length);
        replies.push(read.value);
        if (isLast(read.value)) return { how: 'answered', replies, final: read.value };
      }
      if (this.#received >= budget) return { how: 'flood', replies };
      const how = await this.#receive(deadline);
      if (how !== 'bytes') return { how, replies };
    }
  }

  async #receive(deadline: number): Promise<'bytes' | 'silent' | 'ended' | 'records' | 'flood'> {
    const event = await this.#wire.read(Math.max(0, deadline - performance.now()));
    if (event === undefined) return 'silent';
    if (event.kind === 'end' || event.kind === 'outside') return 'ended';
    if (event.kind === 'records') return 'records';
    this.#buffer.append(event.bytes);
    this.#received += event.bytes.length;
    return this.#buffer.length > LONGEST_REPLY ? 'flood' : 'bytes';
  }
}

export interface DialOptions {
  readonly listener: Listener;
  readonly protocol: Protocol;
  readonly patience: Patience;
  /** Name to ask for in TLS, and to compare with. */
  readonly servername: string;
}

export interface SecureOptions {
  /** Newest version to offer; TLS 1.3 unless told. */
  readonly newest?: 'TLSv1.2' | 'TLSv1.3';
  /** Name to ask for and to compare with; the connection's unless told. */
  readonly servername?: string;
}

/** Tagged replies must carry the command's tag; a goodbye ends every wait. */
const isAnswer = (reply: Reply, command: Command | undefined): boolean => {
  if (reply.status === 'bye' && reply.kind === 'untagged') return false;
  if (reply.kind === 'continuation') return true;
  if (reply.kind === 'untagged') return false;
  return reply.tag === undefined || command?.tag === undefined || reply.tag === command.tag;
};

/** Takes what the peer has: how old or weak it is, is for checks to say, and a local refusal is no fact about the peer. */
const tolerantContext = (newest: 'TLSv1.2' | 'TLSv1.3'): SecureContext => {
  const known = CONTEXTS.get(newest);
  if (known !== undefined) return known;
  const context = createSecureContext({
    ca: [],
    minVersion: 'TLSv1',
    maxVersion: newest,
    ciphers: 'ALL:@SECLEVEL=0',
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  });
  CONTEXTS.set(newest, context);
  return context;
};

const where = (listener: Listener): string => {
  const named = endpointText(listener.host, listener.port);
  return listener.host === listener.address ? named : `${named} (${listener.address})`;
};

const seconds = (ms: number): string => `${String(Math.round(ms / 100) / 10)} s`;

const adviceOn = (code: string | undefined): string =>
  code === 'ECONNREFUSED'
    ? 'nothing listens there, or a firewall refuses'
    : 'is the address right, and is there a route to it?';

const CONTEXTS = new Map<string, SecureContext>();
const KEPT = 128 * 1024;
const LONGEST_REPLY = 256 * 1024;
const MOST_RECEIVED = 1024 * 1024;
const FAREWELL = 1000;
