import { isIP, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { Fault } from '../fault.js';
import { Dialogue } from '../protocols/dialogue.js';
import protocols from '../protocols/index.js';
import type { Offer, Protocol, Reply } from '../protocols/protocol.js';
import { inspectCertificate } from '../tls/inspect.js';
import { printable } from '../wire/printable.js';
import type { Transcript } from '../wire/transcript.js';
import type { Handshake } from '../wire/upgrade.js';
import { Wire } from '../wire/wire.js';
import { connectTo, inSeconds } from './connection.js';
import { addressOf, type RealServer, type ServerFacts, type ServerPatience } from './server.js';

/** How to open waxseal's own leg to a real server. */
export interface OpeningOptions {
  readonly server: RealServer;
  /** Of this leg. */
  readonly transcript: Transcript;
  /** PEM of the authorities that the server's certificate is checked against; the system's by default. */
  readonly ca?: string;
  readonly patience: ServerPatience;
  /** Told of the connection as soon as it stands; to destroy it makes the opening fail. */
  readonly onConnected?: (wire: Wire) => void;
}

/** A leg that stands inside TLS, with what the server said until then. */
export interface OpenedLeg {
  readonly wire: Wire;
  /** Has seen all of both directions. */
  readonly dialogue: Dialogue;
  readonly facts: ServerFacts;
  /** As the server sent it, outside TLS where the upgrade is in place. */
  readonly greeting: Buffer;
  /** What the server says unasked after the upgrade (ManageSieve), else empty. */
  readonly insideGreeting: Buffer;
}

/**
 * Connects, reads the greeting and the capabilities, and goes inside TLS at once. A certificate that cannot be verified
 * is a fact, not an obstacle. Throws `UNREACHABLE` or `TIMED_OUT` with what the server said instead.
 */
export const openLeg = async (options: OpeningOptions): Promise<OpenedLeg> => {
  const socket = await connectTo(options.server, options.patience.connect);
  const leg = new Leg(socket, options);
  options.onConnected?.(leg.wire);
  try {
    return await leg.open();
  } catch (error) {
    leg.wire.destroy();
    throw error;
  }
};

/** Connects and goes inside TLS, and says nothing there: the server may greet, or wait. Throws as `openLeg` does. */
export const openDoor = async (options: OpeningOptions): Promise<Wire> => {
  const leg = new Leg(await connectTo(options.server, options.patience.connect), options);
  options.onConnected?.(leg.wire);
  try {
    await leg.enter();
    return leg.wire;
  } catch (error) {
    leg.wire.destroy();
    throw error;
  }
};

/** Connects to a server with STARTTLS, and goes up to its go-ahead: the next bytes are a ClientHello's. Throws as `openLeg` does. */
export const openBeforeTls = async (options: OpeningOptions): Promise<Wire> => {
  const leg = new Leg(await connectTo(options.server, options.patience.connect), options);
  options.onConnected?.(leg.wire);
  try {
    await leg.askForTls();
    return leg.wire;
  } catch (error) {
    leg.wire.destroy();
    throw error;
  }
};

class Leg {
  readonly wire: Wire;
  readonly #options: OpeningOptions;
  readonly #protocol: Protocol;
  readonly #dialogue: Dialogue;

  constructor(socket: Socket, options: OpeningOptions) {
    this.wire = new Wire(socket, 'client', options.transcript);
    this.#options = options;
    this.#protocol = protocols[options.server.protocol];
    this.#dialogue = new Dialogue(this.#protocol, { mails: 'pieces', longestPassed: Infinity, isPassedOn: true });
  }

  /** Goes inside TLS. */
  async enter(): Promise<void> {
    if (this.#options.server.tls === 'implicit') await this.#startTls();
    else await this.#upgrade(await this.#greeting());
  }

  /** Up to the go-ahead. */
  async askForTls(): Promise<void> {
    await this.#goAhead(await this.#greeting());
  }

  async open(): Promise<OpenedLeg> {
    const { tls } = this.#options.server;
    const early = tls === 'implicit' ? await this.#startTls() : undefined;
    const greeting = await this.#greeting();
    if (early !== undefined) return this.#opened(early, greeting, undefined, []);
    const { handshake, before } = await this.#upgrade(greeting);
    const again = this.#protocol.speaksFirstAfterUpgrade
      ? await this.#turn(Buffer.alloc(0), 'its capabilities again, inside TLS')
      : undefined;
    return this.#opened(handshake, greeting, again, before);
  }

  async #greeting(): Promise<Turn> {
    const greeting = await this.#turn(Buffer.alloc(0), 'a greeting');
    const [first] = greeting.replies;
    if (first === undefined || (first.status !== 'ok' && first.status !== 'preauth'))
      throw this.#unexpected(`an ${this.#protocol.name.toUpperCase()} greeting`, greeting.bytes);
    return greeting;
  }

  async #upgrade(greeting: Turn): Promise<{ readonly handshake: Handshake; readonly before: readonly Reply[] }> {
    const before = await this.#goAhead(greeting);
    return { handshake: await this.#startTls(), before };
  }

  /** What the server said of itself before it agreed to TLS. */
  async #goAhead(greeting: Turn): Promise<readonly Reply[]> {
    const outside = this.#protocol.speaksFirstAfterUpgrade
      ? greeting
      : await this.#turn(this.#protocol.say.capabilities('W1', OUR_NAME), 'its capabilities');
    const accepted = await this.#turn(this.#protocol.say.upgrade('W2'), `an answer to ${this.#protocol.upgradeVerb}`);
    if (accepted.replies.at(-1)?.status !== 'ok')
      throw this.#unexpected(
        `a go-ahead to ${this.#protocol.upgradeVerb} (the proxy needs a server that offers TLS)`,
        accepted.bytes,
      );
    this.#dialogue.reset();
    return [...greeting.replies, ...outside.replies];
  }

  async #opened(
    handshake: Handshake,
    greeting: Turn,
    again: Turn | undefined,
    before: readonly Reply[],
  ): Promise<OpenedLeg> {
    const { tls } = this.#options.server;
    const asked =
      again ?? (await this.#turn(this.#protocol.say.capabilities('W3', OUR_NAME), 'its capabilities, inside TLS'));
    const inside = this.#protocol.offer([...greeting.replies, ...asked.replies]) ?? NO_LIST;
    const outside = tls === 'implicit' ? undefined : this.#protocol.offer(before);
    const facts: ServerFacts = { ...tlsFacts(handshake), inside, ...(outside && { outside }) };
    if (!facts.verified)
      this.#options.transcript.note({
        what: 'server-unverified',
        by: 'server',
        code: facts.verifyError ?? 'unknown reason',
      });
    return {
      wire: this.wire,
      dialogue: this.#dialogue,
      facts,
      greeting: greeting.bytes,
      insideGreeting: again?.bytes ?? Buffer.alloc(0),
    };
  }

  async #startTls(): Promise<Handshake> {
    const { server, ca, patience } = this.#options;
    const { peer } = await this.wire.connectTls({
      context: createSecureContext({ ...(ca !== undefined && { ca }) }),
      host: server.host,
      ...(isIP(server.host) === 0 && { servername: server.host }),
      timeout: patience.handshake,
    });
    if (!peer.completed) {
      const port = server.tls === 'implicit' ? '; is it a port for TLS from the first byte?' : '';
      throw new Fault(
        'UNREACHABLE',
        `the TLS handshake with the real server ${addressOf(server)} failed: ${printable(peer.alert?.name ?? peer.failure ?? 'unknown reason')}${port}`,
      );
    }
    return peer;
  }

  /** Says something, and reads until it is answered. */
  async #turn(bytes: Buffer, expected: string): Promise<Turn> {
    const { server, patience } = this.#options;
    this.#dialogue.client(bytes);
    while (this.#dialogue.next() !== undefined);
    await this.wire.write(bytes);
    const replies: Reply[] = [];
    const pieces: Buffer[] = [];
    let length = 0;
    const until = performance.now() + patience.answer;
    for (;;) {
      const event = await this.wire.read(Math.max(1, until - performance.now()));
      if (event === undefined) {
        const port = server.tls === 'starttls' && length === 0 ? '; is it a port for STARTTLS?' : '';
        throw new Fault(
          'TIMED_OUT',
          `waited ${inSeconds(patience.answer)} for ${expected} from ${addressOf(server)}, got ${String(length)} bytes${port}`,
        );
      }
      if (event.kind !== 'bytes')
        throw this.#unexpected(
          expected,
          Buffer.concat(pieces),
          event.kind === 'records' ? 'TLS records' : 'the end of the connection',
        );
      pieces.push(event.bytes);
      length += event.bytes.length;
      replies.push(...this.#dialogue.server(event.bytes));
      if (replies.some((reply) => reply.kind !== 'untagged')) return { bytes: Buffer.concat(pieces), replies };
      if (length > LONGEST_OPENING || replies.length > MOST_REPLIES)
        throw this.#unexpected(expected, Buffer.concat(pieces), `${String(length)} bytes of something else`);
    }
  }

  #unexpected(expected: string, came: Buffer, then?: string): Fault {
    const { server } = this.#options;
    const quote = came.length === 0 ? 'nothing' : `“${printable(came.toString('latin1', 0, 120).trimEnd())}”`;
    return new Fault(
      'UNREACHABLE',
      `the real server ${addressOf(server)} sent ${quote} instead of ${expected}${then === undefined ? '' : `, then ${then}`}; is it an ${server.protocol.toUpperCase()} server, and is its scheme right?`,
    );
  }
}

interface Turn {
  readonly bytes: Buffer;
  readonly replies: readonly Reply[];
}

const tlsFacts = (handshake: Handshake): Omit<ServerFacts, 'inside'> => {
  const leaf = handshake.chain?.[0] === undefined ? undefined : inspectCertificate(handshake.chain[0]);
  return {
    tlsVersion: handshake.version ?? 'unknown',
    cipher: handshake.cipher ?? 'unknown',
    verified: handshake.authorized === true,
    ...(handshake.authorizationError !== undefined && { verifyError: handshake.authorizationError }),
    ...(leaf && {
      certificate: {
        subject: leaf.subject,
        issuer: leaf.issuer,
        notAfter: leaf.notAfter,
        fingerprintSha256: leaf.fingerprintSha256,
      },
    }),
  };
};

/** Who waxseal says it is, to servers. */
const OUR_NAME = 'waxseal.lab.test';
/** A server without a list may well take the oldest login. */
const NO_LIST: Offer = { upgrade: false, logins: [], loginDisabled: false, extensions: [] };
const LONGEST_OPENING = 64 * 1024;
const MOST_REPLIES = 200;
