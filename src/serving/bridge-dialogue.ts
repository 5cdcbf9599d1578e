import { isIPv6, type Socket } from 'node:net';
import { Fault } from '../fault.js';
import { Dialogue } from '../protocols/dialogue.js';
import type { Protocol, Reply, ServerSettings } from '../protocols/protocol.js';
import { ReplyReader } from '../protocols/reply-reader.js';
import { inSeconds } from '../proxy/connection.js';
import type { ServerPatience } from '../proxy/server.js';
import { printable } from '../wire/printable.js';
import { afterSilence } from '../wire/silence.js';

/** The dialogue before TLS with the server behind a bridge. */
export interface ThresholdOptions {
  readonly protocol: Protocol;
  readonly patience: ServerPatience;
  /** The server, as messages name it. */
  readonly where: string;
}

/**
 * Asks a server for TLS and stops at its go-ahead; returns what came after it in clear, which should be nothing. Throws
 * `UNREACHABLE` or `TIMED_OUT` with what the server said instead.
 */
export const thresholdOf = async (socket: Socket, options: ThresholdOptions): Promise<Buffer> => {
  const { protocol } = options;
  const reading = new Reading(socket, options);
  const greeting = await reading.turn(Buffer.alloc(0), 'a greeting');
  if (greeting.status !== 'ok') throw reading.unexpected('a greeting', greeting.raw);
  if (protocol.helloVerb !== undefined)
    await reading.turn(
      protocol.say.capabilities('b1', addressLiteral(socket.localAddress ?? '127.0.0.1')),
      'an answer to EHLO',
    );
  const answer = await reading.turn(protocol.say.upgrade('b2'), `an answer to ${protocol.upgradeVerb}`);
  if (answer.status !== 'ok') throw reading.unexpected(`a go-ahead to ${protocol.upgradeVerb}`, answer.raw);
  return reading.rest();
};

class Reading {
  readonly #socket: Socket;
  readonly #options: ThresholdOptions;
  readonly #reader: ReplyReader;

  constructor(socket: Socket, options: ThresholdOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#reader = new ReplyReader(options.protocol);
  }

  /** Says something, and reads until it is answered. */
  async turn(bytes: Buffer, expected: string): Promise<Reply> {
    const { protocol, patience, where } = this.#options;
    const read = bytes.length === 0 ? undefined : protocol.readCommand(bytes, 0);
    const asked = read?.value.kind === 'command' ? read.value : undefined;
    if (bytes.length > 0) this.#socket.write(bytes);
    const until = performance.now() + patience.answer;
    for (;;) {
      const reply = this.#reader.next(asked)?.value;
      if (reply !== undefined && reply.kind !== 'untagged') return reply;
      if (reply !== undefined) continue;
      if (this.#reader.length > LONGEST_REPLY)
        throw this.unexpected(
          expected,
          Buffer.from(this.#reader.view(0, SHOWN)),
          `${String(this.#reader.length)} bytes in all`,
        );
      const more = await nextBytes(this.#socket, until - performance.now());
      if (more === 'late')
        throw new Fault(
          'TIMED_OUT',
          `${where} did not send ${expected} within ${inSeconds(patience.answer)}; check the protocol, and whether TLS starts with the first byte on that port`,
        );
      if (more === 'ended')
        throw this.unexpected(expected, Buffer.from(this.#reader.view(0, SHOWN)), 'the end of the connection');
      this.#reader.append(more);
    }
  }

  /** What no reply has taken. */
  rest(): Buffer {
    return this.#reader.takeAll();
  }

  unexpected(expected: string, came: Buffer, then?: string): Fault {
    const quote = came.length === 0 ? 'nothing' : `“${printable(came.toString('latin1', 0, SHOWN).trimEnd())}”`;
    return new Fault(
      'UNREACHABLE',
      `${this.#options.where} sent ${quote} instead of ${expected}${then === undefined ? '' : `, then ${then}`}`,
    );
  }
}

/** A server in clear that knows how to start TLS, and lets nobody log in. */
export interface RefusingOptions {
  readonly protocol: Protocol;
  readonly patience: ServerPatience;
  /** Its name in greetings. */
  readonly host: string;
}

/**
 * Speaks with a client until it asks for TLS; returns what came behind its command, which should be nothing, or undefined where the
 * client left without TLS. Throws `TIMED_OUT`.
 */
export const refusingServer = async (client: Socket, options: RefusingOptions): Promise<Buffer | undefined> => {
  const { protocol, patience, host } = options;
  const dialogue = new Dialogue(protocol);
  const server = protocol.server(settingsOf(protocol, host));
  const say = (bytes: Buffer): void => {
    dialogue.server(bytes);
    client.write(bytes);
  };
  say(server.greeting());
  for (let read = 0; read < LONGEST_CONVERSATION;) {
    for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next()) {
      dialogue.answering(placed.unit);
      const answer = server.answer(placed.unit);
      say(answer.bytes);
      if (answer.upgrade === true) return dialogue.takeUnread();
      if (answer.close === true) {
        client.end();
        return undefined;
      }
    }
    const more = await nextBytes(client, patience.answer);
    if (more === 'ended') {
      client.end();
      return undefined;
    }
    if (more === 'late')
      throw new Fault(
        'TIMED_OUT',
        `the client sent nothing for ${inSeconds(patience.answer)} and has not asked for TLS; check that it is configured to use ${protocol.upgradeVerb}`,
      );
    read += more.length;
    dialogue.client(more);
  }
  throw new Fault('UNREACHABLE', `the client sent ${String(LONGEST_CONVERSATION)} bytes without asking for TLS`);
};

/** The next bytes of a socket that nobody else reads. */
const nextBytes = async (socket: Socket, ms: number): Promise<Buffer | 'ended' | 'late'> => {
  const until = performance.now() + ms;
  for (;;) {
    const bytes = socket.read() as Buffer | null;
    if (bytes !== null) return bytes;
    if (socket.readableEnded || socket.destroyed) return 'ended';
    if (performance.now() >= until) return 'late';
    await stirred(socket, until - performance.now());
  }
};

/** Something came, or ended, or the time is over. */
const stirred = (socket: Socket, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      callOff();
      for (const name of STIRS) socket.off(name, done);
      resolve();
    };
    const callOff = afterSilence(Math.ceil(ms), done);
    for (const name of STIRS) socket.on(name, done);
  });

const STIRS = ['readable', 'end', 'close'] as const;

const settingsOf = (protocol: Protocol, hostname: string): ServerSettings => {
  const outside = { upgrade: true, logins: [], loginDisabled: protocol.honest.saysLoginDisabled, extensions: [] };
  return {
    account: { user: '', password: '', token: '' },
    hostname,
    message: Buffer.alloc(0),
    outside,
    inside: { ...outside, upgrade: false },
    acceptsLoginOutside: false,
    relay: false,
    nonce: '',
  };
};

/** A name for EHLO that every host has (RFC 5321 §4.1.3). */
const addressLiteral = (address: string): string => (isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`);

/** Bytes. */
const LONGEST_REPLY = 64 * 1024;
const LONGEST_CONVERSATION = 64 * 1024;
const SHOWN = 120;
