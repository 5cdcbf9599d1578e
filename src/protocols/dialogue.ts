import { ByteQueue } from './byte-queue.js';
import type { ClientUnit, Command, Protocol, Reply } from './protocol.js';

/** Where a unit began in the client's stream of this phase (before or after TLS), in bytes. */
export interface Placed<T> {
  readonly unit: T;
  readonly start: number;
}

type Mode = 'command' | 'deciding' | 'sasl' | 'body' | 'counted' | 'stuck';

/**
 * Both directions of one connection, parsed in step: what a client's line means depends on what the server answered.
 * The server seat feeds what it sends, the middle seat and the judges feed what they see.
 */
export class Dialogue {
  readonly #protocol: Protocol;
  readonly #client = new ByteQueue();
  readonly #server = new ByteQueue();
  #mode: Mode = 'command';
  #current: Command | undefined;
  #outstanding: Command[] = [];
  #step = 0;
  #counted = 0;
  #scanned = 0;
  #clientOffset = 0;
  #first = true;
  #waiting = false;
  #invited = 0;
  #literal: { readonly tag: string; readonly length: number } | undefined;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  /** Bytes from the client; read them with `next`. */
  client(bytes: Uint8Array): void {
    this.#client.append(bytes);
    this.#waiting = false;
  }

  /** Bytes from the server; returns the replies that they complete. */
  server(bytes: Uint8Array): Reply[] {
    this.#server.append(bytes);
    const replies: Reply[] = [];
    for (;;) {
      const outstanding = this.#outstanding[0];
      const read = this.#protocol.readReply(this.#server.view(), { first: this.#first, ...(outstanding && { outstanding }) });
      if (read === undefined) {
        // A server that never ends its line must not fill memory.
        if (this.#server.length > LONGEST_REPLY) this.#server.take(this.#server.length);
        return replies;
      }
      this.#server.take(read.length);
      this.#first = false;
      this.#learn(read.value);
      replies.push(read.value);
    }
  }

  /** The client's next complete unit with its place in the stream. */
  next(): Placed<ClientUnit> | undefined {
    if (this.#waiting || this.#client.length === 0) return undefined;
    const found = this.#read();
    if (found === undefined) this.#waiting = true;
    return found;
  }

  /** What the client sent that is no complete unit yet. */
  get unread(): Buffer {
    return this.#client.view();
  }

  /** Forgets everything, unread bytes too: TLS begins, or ends. */
  reset(): void {
    this.#client.take(this.#client.length);
    this.#server.take(this.#server.length);
    this.#mode = 'command';
    this.#current = undefined;
    this.#literal = undefined;
    this.#invited = 0;
    this.#outstanding = [];
    this.#clientOffset = 0;
    this.#scanned = 0;
    this.#waiting = false;
  }

  /** Takes the unread bytes away, for whoever owns them next. */
  takeUnread(): Buffer {
    this.#clientOffset += this.#client.length;
    this.#scanned = 0;
    return this.#client.take(this.#client.length);
  }

  #read(): Placed<ClientUnit> | undefined {
    switch (this.#mode) {
      case 'deciding':
      case 'stuck':
        return undefined;
      case 'command':
        return this.#readCommand();
      case 'sasl':
        return this.#readResponse();
      case 'body':
        return this.#readBody();
      case 'counted':
        return this.#readCounted();
    }
  }

  #readCommand(): Placed<ClientUnit> | undefined {
    if (this.#client.indexOf(LF, this.#scanned) === -1) {
      this.#scanned = this.#client.length;
      return this.#client.length > this.#protocol.longestCommand ? this.#oversize() : undefined;
    }
    const read = this.#protocol.readCommand(this.#client.view(), this.#invited);
    if (read === undefined) return this.#client.length > this.#protocol.longestCommand ? this.#oversize() : undefined;
    if (read.value.kind === 'literal-wait') {
      this.#mode = 'deciding';
      this.#literal = { tag: read.value.tag, length: read.length };
      return { unit: read.value, start: this.#clientOffset };
    }
    const command = read.value;
    this.#invited = 0;
    this.#outstanding.push(command);
    if (this.#outstanding.length > MOST_OUTSTANDING) this.#outstanding.shift();
    if (command.followedBy !== undefined) {
      this.#mode = 'counted';
      this.#counted = command.followedBy;
    } else if (command.continues !== undefined) {
      this.#mode = 'deciding';
      this.#current = command;
      this.#step = 0;
    }
    return this.#consume(command, read.length);
  }

  #readResponse(): Placed<ClientUnit> | undefined {
    if (this.#current === undefined) return undefined;
    const read = this.#protocol.readResponse(this.#client.view(), this.#current, this.#step);
    if (read === undefined) return this.#client.length > this.#protocol.longestCommand ? this.#oversize() : undefined;
    this.#mode = 'deciding';
    return this.#consume(read.value, read.length);
  }

  #readBody(): Placed<ClientUnit> | undefined {
    if (this.#current === undefined) return undefined;
    const read = this.#protocol.readBody(this.#client.view(), this.#current, this.#scanned);
    if (read === undefined) {
      this.#scanned = Math.max(0, this.#client.length - 4);
      return this.#client.length > LONGEST_BODY ? this.#oversize() : undefined;
    }
    this.#mode = 'command';
    return this.#consume(read.value, read.length);
  }

  #readCounted(): Placed<ClientUnit> | undefined {
    if (this.#counted > LONGEST_BODY) return this.#oversize();
    if (this.#client.length < this.#counted) return undefined;
    this.#mode = 'command';
    const raw = Buffer.from(this.#client.view(0, this.#counted));
    return this.#consume({ kind: 'body', moment: 'message', raw, secrets: [{ start: 0, end: raw.length, class: 'mail' }] }, raw.length);
  }

  #oversize(): Placed<ClientUnit> {
    this.#mode = 'stuck';
    return { unit: { kind: 'oversize', moment: 'other', raw: Buffer.from(this.#client.view(0, 256)) }, start: this.#clientOffset };
  }

  #consume<T extends ClientUnit>(unit: T, length: number): Placed<T> {
    const start = this.#clientOffset;
    this.#client.take(length);
    this.#clientOffset += length;
    this.#scanned = 0;
    return { unit, start };
  }

  #learn(reply: Reply): void {
    this.#waiting = false;
    if (reply.kind === 'continuation') this.#goOn();
    else if (reply.kind === 'final') this.#finish(reply);
  }

  #goOn(): void {
    if (this.#mode !== 'deciding') return;
    if (this.#literal !== undefined) {
      // A literal was invited: the command is read again, this time with the bytes that follow.
      this.#literal = undefined;
      this.#invited += 1;
      this.#mode = 'command';
      this.#scanned = 0;
    } else if (this.#current !== undefined) {
      this.#mode = this.#current.continues === 'body' ? 'body' : 'sasl';
      this.#step += 1;
    }
  }

  #finish(reply: Reply): void {
    if (this.#literal !== undefined && reply.tag === this.#literal.tag) {
      this.#dropCommand(this.#literal.length);
      return;
    }
    const index = reply.tag === undefined ? 0 : this.#outstanding.findIndex((command) => command.tag === reply.tag);
    const answered = index === -1 ? undefined : this.#outstanding.splice(index, 1)[0];
    if (answered === undefined || answered !== this.#current) return;
    this.#current = undefined;
    if (this.#mode !== 'counted' && this.#mode !== 'stuck') this.#mode = 'command';
  }

  /** A refused literal: the command that announced it is over (RFC 9051 §4.3). */
  #dropCommand(length: number): void {
    this.#client.take(length);
    this.#clientOffset += length;
    this.#literal = undefined;
    this.#invited = 0;
    this.#scanned = 0;
    this.#mode = 'command';
  }
}

const LF = 0x0a;
const MOST_OUTSTANDING = 1000;
const LONGEST_REPLY = 4 * 1024 * 1024;
const LONGEST_BODY = 8 * 1024 * 1024;
