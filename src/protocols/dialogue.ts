import { LONGEST_MAIL } from './message-size.js';
import { ByteQueue } from './byte-queue.js';
import type { ClientUnit, Command, Protocol, Reply, ReplyCount } from './protocol.js';
import { ReplyReader } from './reply-reader.js';

/** Where a unit began in the client's stream of this phase (before or after TLS), in bytes. */
export interface Placed<T> {
  readonly unit: T;
  readonly start: number;
}

export interface DialogueOptions {
  /** `pieces`: bodies are read as they come, in units that say whether more is due, so that little of them is held. */
  readonly mails?: 'whole' | 'pieces';
  /** The units are passed on to somebody who reads them anew: mails inside commands (IMAP's APPEND) come in pieces too. */
  readonly isPassedOn?: boolean;
  /** Bytes on the wire of a mail that is read in pieces; what is longer is oversize. */
  readonly longestPassed?: number;
}

type Mode = 'command' | 'mail' | 'deciding' | 'sasl' | 'body' | 'counted' | 'stuck';

/**
 * Both directions of one connection, parsed in step: what a client's line means depends on what the server answered.
 * The server seat feeds what it sends, the middle seat and the judges feed what they see.
 */
export class Dialogue {
  readonly #protocol: Protocol;
  readonly #client = new ByteQueue();
  readonly #server: ReplyReader;
  #mode: Mode = 'command';
  #current: Command | undefined;
  #outstanding: Command[] = [];
  /** Continuations that the client has not answered yet: a server may send several at once. */
  #invitations = 0;
  #step = 0;
  #counted = 0;
  #scanned = 0;
  #clientOffset = 0;
  #waiting = false;
  #invited = 0;
  #literal: { readonly tag: string; readonly length: number } | undefined;
  #count: ReplyCount | undefined;
  #isMoreDue = false;

  readonly #mails: 'whole' | 'pieces';
  readonly #passesMail: boolean;
  /** What stands for the beginning of the command under way, once it was given away together with its mail. */
  #head: Buffer = NONE;
  readonly #longestMail: number;
  /** Bytes of the message that were given away in pieces. */
  #passed = 0;

  constructor(
    protocol: Protocol,
    { mails = 'whole', longestPassed = LONGEST_MAIL, isPassedOn = false }: DialogueOptions = {},
  ) {
    this.#protocol = protocol;
    this.#mails = mails;
    this.#passesMail = isPassedOn && mails === 'pieces';
    this.#longestMail = mails === 'whole' ? LONGEST_MAIL : longestPassed;
    this.#server = new ReplyReader(protocol);
    this.#count = protocol.replyCount?.();
  }

  /** Bytes from the client; read them with `next`. */
  client(bytes: Uint8Array): void {
    // After an oversize unit nothing is read any more, so nothing needs to be kept.
    if (this.#mode === 'stuck') return;
    this.#client.append(bytes);
    this.#waiting = false;
  }

  /** Bytes from the server; returns the replies that they complete. */
  server(bytes: Uint8Array): Reply[] {
    this.#server.append(bytes);
    const replies: Reply[] = [];
    for (;;) {
      const read = this.#server.next(this.#outstanding[0]);
      if (read === undefined) {
        // A server that never ends its reply must not fill memory.
        if (this.#server.length > LONGEST_MAIL) this.#server.takeAll();
        return replies;
      }
      this.#learn(read.value);
      replies.push(read.value);
    }
  }

  /** The server does not greet: what comes first is an answer. */
  expectNoGreeting(): void {
    this.#server.expectNoGreeting();
  }

  /** What the server sends next is meant for this unit: older commands of a protocol without tags get no answer any more. */
  answering(unit: ClientUnit): void {
    if (unit.kind !== 'command' || unit.tag !== undefined) return;
    const index = this.#outstanding.indexOf(unit);
    if (index > 0) this.#outstanding.splice(0, index);
  }

  /** The last reply is not the last one to its command (LMTP, RFC 2033 §4.2). */
  get isMoreDue(): boolean {
    return this.#isMoreDue;
  }

  /** The client's next complete unit with its place in the stream. */
  next(): Placed<ClientUnit> | undefined {
    if (this.#waiting) return undefined;
    const found = this.#read();
    if (found === undefined) this.#waiting = true;
    return found;
  }

  /** What the client sent that is no complete unit yet. */
  get unread(): Buffer {
    return this.#client.view();
  }

  /** What the unread bytes are depends on an answer that has not come: they may be a secret. */
  get isDeciding(): boolean {
    return this.#mode !== 'command';
  }

  /** The unread bytes belong to a message. */
  get isInMail(): boolean {
    return this.#mode === 'body' || this.#mode === 'counted' || this.#mode === 'mail';
  }

  /** Forgets everything, unread bytes too: TLS begins, or ends. */
  reset(): void {
    this.#client.take(this.#client.length);
    this.#server.takeAll();
    this.#mode = 'command';
    this.#head = NONE;
    this.#current = undefined;
    this.#literal = undefined;
    this.#invited = 0;
    this.#outstanding = [];
    this.#invitations = 0;
    this.#clientOffset = 0;
    this.#scanned = 0;
    this.#passed = 0;
    this.#waiting = false;
    this.#count = this.#protocol.replyCount?.();
    this.#isMoreDue = false;
  }

  /** Takes the unread bytes away, for their next owner. */
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
      case 'mail':
        return this.#readCounted();
    }
  }

  #readCommand(): Placed<ClientUnit> | undefined {
    if (!this.#hasLine()) return this.#unfinished();
    const head = this.#head;
    const bytes = head.length === 0 ? this.#client.view() : Buffer.concat([head, this.#client.view()]);
    const read = this.#protocol.readCommand(bytes, this.#invited);
    if (read === undefined) return this.#beginMail(bytes) ?? this.#unfinished();
    // However the bytes were cut, a unit that is too long is none.
    if (read.length > this.#protocol.longestCommand) return this.#oversize();
    const length = read.length - head.length;
    if (read.value.kind === 'literal-wait') {
      this.#mode = 'deciding';
      this.#literal = { tag: read.value.tag, length };
      return { unit: { ...read.value, raw: read.value.raw.subarray(head.length) }, start: this.#clientOffset };
    }
    this.#head = NONE;
    const command = head.length === 0 ? read.value : without(head.length, read.value);
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
      this.#invitations = 0;
    }
    return this.#consume(command, length);
  }

  /** A mail inside a command that is passed on is not waited for. */
  #beginMail(bytes: Buffer): Placed<ClientUnit> | undefined {
    if (!this.#passesMail) return undefined;
    const mail = this.#protocol.mailInCommand?.(bytes, this.#invited);
    if (mail === undefined || mail.size < PIECE) return undefined;
    const start = mail.start - this.#head.length;
    if (this.#client.length < start + PIECE) return undefined;
    if (mail.size > this.#longestMail) return this.#oversize('message');
    const length = Math.min(this.#client.length, start + mail.size);
    this.#head = mail.head;
    this.#invited = 0;
    this.#counted = start + mail.size - length;
    this.#mode = this.#counted === 0 ? 'command' : 'mail';
    return this.#piece(length, true, start);
  }

  #readResponse(): Placed<ClientUnit> | undefined {
    if (this.#current === undefined) return undefined;
    if (!this.#hasLine()) return this.#unfinished();
    const read = this.#protocol.readResponse(this.#client.view(), this.#current, this.#step + 1);
    if (read === undefined) return this.#unfinished();
    if (read.length > this.#protocol.longestCommand) return this.#oversize();
    this.#step += 1;
    this.#invitations -= 1;
    if (this.#invitations === 0) this.#mode = 'deciding';
    if (this.#mode === 'deciding' && !this.#outstanding.includes(this.#current)) this.#leave();
    return this.#consume(read.value, read.length);
  }

  #readBody(): Placed<ClientUnit> | undefined {
    if (this.#current === undefined) return undefined;
    const read = this.#protocol.readBody(this.#client.view(), this.#current, this.#scanned);
    if (this.#passed + (read?.length ?? this.#client.length) > this.#longestMail) return this.#oversize('message');
    if (read !== undefined) {
      this.#passed = 0;
      this.#leave();
      return this.#consume(read.value, read.length);
    }
    const { length } = this.#client;
    if (this.#mails === 'pieces' && length >= PIECE) {
      const piece = this.#piece(length - END_OF_MAIL, true);
      // What is left is not the beginning of the mail.
      this.#scanned = 1;
      return piece;
    }
    this.#scanned = Math.max(this.#scanned, length - END_OF_MAIL + 1);
    return undefined;
  }

  #readCounted(): Placed<ClientUnit> | undefined {
    if (this.#passed + this.#counted > this.#longestMail) return this.#oversize('message');
    const { length } = this.#client;
    if (length < this.#counted) {
      if (this.#mails === 'whole' || length < PIECE) return undefined;
      this.#counted -= length;
      return this.#piece(length, true);
    }
    // The rest of the command follows a mail that is part of it.
    const goesOn = this.#mode === 'mail';
    this.#mode = 'command';
    const piece = this.#piece(this.#counted, goesOn);
    this.#passed = 0;
    return piece;
  }

  /** So many bytes of a message, from `start` on. */
  #piece(length: number, goesOn: boolean, start = 0): Placed<ClientUnit> {
    this.#passed += length;
    const raw = Buffer.from(this.#client.view(0, length));
    return this.#consume(
      {
        kind: 'body',
        moment: 'message',
        raw,
        secrets: length === start ? [] : [{ start, end: length, class: 'mail' }],
        ...(goesOn && { goesOn }),
      },
      length,
    );
  }

  #hasLine(): boolean {
    if (this.#client.indexOf(LF, this.#scanned) !== -1) return true;
    this.#scanned = this.#client.length;
    return false;
  }

  #unfinished(): Placed<ClientUnit> | undefined {
    return this.#client.length > this.#protocol.longestCommand ? this.#oversize() : undefined;
  }

  #oversize(of: 'line' | 'message' = 'line'): Placed<ClientUnit> {
    this.#mode = 'stuck';
    return {
      unit: { kind: 'oversize', moment: 'other', of, raw: Buffer.from(this.#client.view(0, 256)) },
      start: this.#clientOffset,
    };
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
    if (reply.kind === 'continuation') this.#goOn(reply);
    else if (reply.kind === 'final') this.#finish(reply);
  }

  #goOn(reply: Reply): void {
    if (this.#literal !== undefined) {
      // A literal was invited: the command is read again, this time with the bytes that follow.
      this.#literal = undefined;
      this.#invited += 1;
      this.#mode = 'command';
      this.#scanned = 0;
    } else if (this.#current !== undefined && (this.#mode === 'deciding' || this.#mode === 'sasl')) {
      this.#count?.isMoreDue(this.#current, reply);
      this.#mode = this.#current.continues === 'body' ? 'body' : 'sasl';
      this.#invitations = this.#current.continues === 'sasl' ? this.#invitations + 1 : 1;
    }
  }

  #finish(reply: Reply): void {
    if (this.#literal !== undefined && reply.tag === this.#literal.tag) {
      this.#dropCommand(this.#literal.length);
      return;
    }
    const index = reply.tag === undefined ? 0 : this.#outstanding.findIndex((command) => command.tag === reply.tag);
    const answered = this.#outstanding[index];
    this.#isMoreDue = answered !== undefined && this.#count?.isMoreDue(answered, reply) === true;
    if (this.#isMoreDue) return;
    if (answered !== undefined) this.#outstanding.splice(index, 1);
    if (answered === undefined || answered !== this.#current) return;
    // What a continuation invited comes, even if the server has said its last word meanwhile (queued replies).
    if (this.#mode === 'deciding' || answered.continues === 'line') this.#leave();
  }

  #leave(): void {
    this.#current = undefined;
    this.#mode = 'command';
  }

  /** A refused literal: the command that announced it is over (RFC 9051 §4.3). */
  #dropCommand(length: number): void {
    this.#head = NONE;
    this.#client.take(length);
    this.#clientOffset += length;
    this.#literal = undefined;
    this.#invited = 0;
    this.#scanned = 0;
    this.#mode = 'command';
  }
}

/** A command without its first bytes, which were told before. */
const without = (length: number, command: Command): Command => ({
  ...command,
  raw: command.raw.subarray(length),
  secrets: command.secrets
    .filter(({ end }) => end > length)
    .map((secret) => ({ ...secret, start: Math.max(0, secret.start - length), end: secret.end - length })),
});

const NONE = Buffer.alloc(0);
const LF = 0x0a;
const MOST_OUTSTANDING = 1000;
/** Bytes of a message that are held before they are given away. */
const PIECE = 16 * 1024;
/** Bytes of the longest end of a mail: CRLF, dot, CRLF. */
const END_OF_MAIL = 5;
