import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { startOfTls } from '../tls/tls-start.js';
import { Conduit } from './conduit.js';
import type { BoundaryEntry, Party, Transcript } from './transcript.js';
import { acceptTls, connectTls, type ClientTls, type Conclude, type Handshake, type ServerTls } from './upgrade.js';

export type WireEvent =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly inside: boolean }
  /** TLS records where plaintext was due; they are recorded, not parsed. */
  | { readonly kind: 'records'; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly how: 'fin' | 'reset' }
  /** The peer sent close_notify: the connection is outside TLS again. */
  | { readonly kind: 'outside' };

/** Bytes of an active TLS attempt, before it is known where TLS begins. */
interface Seek {
  readonly pending: { readonly at: number; readonly data: string }[];
  buffer: Buffer;
  from: number;
  readonly found: (hello: Buffer | undefined) => void;
}

/** Bytes in clear, `after` ms after the go-ahead: on the wire before the ServerHello in any case. */
export interface LateBytes {
  readonly bytes: Buffer;
  readonly after: number;
}

type Mode = 'plain' | 'seeking' | 'tls' | 'after';

/**
 * One connection: the only owner of the receive buffer. One persistent `data` listener, so that nothing
 * is lost or reordered when the connection turns to TLS in place, and back.
 */
export class Wire {
  readonly transcript: Transcript;
  readonly #raw: Duplex;
  readonly #us: Party;
  readonly #peer: Party;
  readonly #events: WireEvent[] = [];
  #queued = 0;
  #wake: (() => void) | undefined;
  #mode: Mode = 'plain';
  #seek: Seek | undefined;
  /** What follows the ClientHello's first segment while TLS is not answered yet. */
  #unanswered: Buffer[] = [];
  #conduit: Conduit | undefined;
  #tls: TLSSocket | undefined;
  /** The beginning of what may become a record header. */
  #skipped: Buffer = Buffer.alloc(0);
  #recordsLeft = 0;
  #ended = false;

  /** `us` is the party that waxseal plays on this connection. */
  constructor(raw: Duplex, us: Party, transcript: Transcript) {
    this.#raw = raw;
    this.#us = us;
    this.#peer = us === 'client' ? 'server' : 'client';
    this.transcript = transcript;
    raw.on('data', (bytes: Buffer) => {
      this.#receive(bytes);
    });
    raw.on('end', () => {
      this.#finish('fin');
    });
    raw.on('error', () => {
      this.#finish('reset');
    });
    raw.on('close', () => {
      this.#finish(this.#ended ? 'fin' : 'reset');
    });
  }

  get inside(): boolean {
    return this.#mode === 'tls';
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The next event, or undefined when `timeout` ms passed without one. */
  async read(timeout: number): Promise<WireEvent | undefined> {
    const next = this.#shift();
    if (next !== undefined) return next;
    if (this.#ended) return { kind: 'end', how: 'fin' };
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeout);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
    return this.#shift();
  }

  /** Writes, inside TLS where the connection is inside; resolves when the bytes are handed on, also if the peer is gone. */
  async write(bytes: Buffer, options: { readonly tampered?: boolean; readonly record?: boolean } = {}): Promise<void> {
    const target = this.#mode === 'tls' && this.#tls !== undefined ? this.#tls : this.#raw;
    if (bytes.length === 0 || target.destroyed || target.writableEnded) return;
    this.transcript.bytes(this.#us, bytes, this.#mode === 'tls', options);
    await new Promise<void>((resolve) => {
      target.once('close', resolve);
      target.write(bytes, () => {
        target.off('close', resolve);
        resolve();
      });
    });
  }

  /** Starts TLS as a server. Plaintext that arrived early is recorded as pending, never silently kept. */
  async acceptTls(options: ServerTls, unread: Buffer = Buffer.alloc(0), late?: LateBytes): Promise<BoundaryEntry> {
    const pending: Seek['pending'] = [];
    const seeking = this.#seekTls(pending, unread, options.timeout);
    if (late !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, late.after));
      await this.write(late.bytes, { tampered: true });
    }
    const hello = await seeking;
    if (hello === undefined) {
      this.#mode = 'plain';
      const failure = this.#ended ? 'the client ended the connection before a ClientHello' : `no ClientHello within ${String(options.timeout)} ms`;
      return this.transcript.boundary({ completed: false, pending, trusted: options.trusted, failure, ...named(options) });
    }
    const { boundary } = await this.#runTls((conduit, conclude) => acceptTls(conduit, options, Buffer.concat([hello, ...this.#unanswered.splice(0)]), conclude), pending, options);
    return boundary;
  }

  /** Starts TLS as a client; `unread` is what the caller had read but not understood, which must have come in clear. */
  async connectTls(options: ClientTls, unread: Buffer = Buffer.alloc(0)): Promise<{ boundary: BoundaryEntry; peer: Handshake }> {
    const pending = this.#takePlain(unread);
    return this.#runTls((conduit, conclude) => connectTls(conduit, options, conclude), pending, undefined);
  }

  /** Ends TLS with close_notify and stays connected, in clear. */
  async downgrade(): Promise<void> {
    const tls = this.#tls;
    if (this.#mode !== 'tls' || tls === undefined) return;
    await new Promise<void>((resolve) => {
      tls.once('close', resolve);
      tls.end(() => {
        resolve();
      });
    });
    this.#leaveTls(this.#us);
  }

  /** Says goodbye: close_notify where inside, then FIN. */
  end(): void {
    if (this.#mode === 'tls' && this.#tls !== undefined && !this.#tls.destroyed) this.#tls.end(() => this.#raw.end());
    else this.#raw.end();
  }

  /** Drops the connection without goodbye; a reset where the transport knows one. */
  reset(): void {
    const socket = this.#raw as Duplex & { resetAndDestroy?: () => void };
    if (typeof socket.resetAndDestroy === 'function') socket.resetAndDestroy();
    else socket.destroy();
  }

  /** Frees the socket. */
  destroy(): void {
    this.#tls?.destroy();
    this.#raw.destroy();
  }

  #receive(bytes: Buffer): void {
    switch (this.#mode) {
      case 'plain':
        this.#receivePlain(bytes);
        return;
      case 'seeking':
        this.#seekIn(bytes);
        return;
      case 'tls':
        this.#conduit?.feed(bytes);
        return;
      case 'after':
        this.#receiveAfterTls(bytes);
    }
  }

  /** Text protocols never begin a segment with a TLS record: whoever sends one believes to be inside TLS, or wants to be. */
  #receivePlain(bytes: Buffer): void {
    let rest: Buffer = this.#skipped.length === 0 ? bytes : Buffer.concat([this.#skipped, bytes]);
    this.#skipped = Buffer.alloc(0);
    let records = 0;
    while (this.#recordsLeft > 0 || isRecord(rest.subarray(records))) {
      if (this.#recordsLeft === 0) {
        if (rest.length - records < 5) break;
        this.#recordsLeft = 5 + rest.readUInt16BE(records + 3);
      }
      const here = Math.min(this.#recordsLeft, rest.length - records);
      this.#recordsLeft -= here;
      records += here;
      if (records === rest.length) break;
    }
    if (records > 0) {
      this.transcript.bytes(this.#peer, rest.subarray(0, records), false, { record: true });
      this.#push({ kind: 'records', bytes: rest.subarray(0, records) });
    }
    rest = rest.subarray(records);
    if (rest.length > 0 && rest.length < 5 && isRecord(rest)) this.#skipped = rest;
    else if (rest.length > 0) {
      this.transcript.bytes(this.#peer, rest, false);
      this.#push({ kind: 'bytes', bytes: rest, inside: false });
    }
  }

  /** After TLS ended only the rest of its records may follow; whatever else comes is plaintext. */
  #receiveAfterTls(bytes: Buffer): void {
    let rest: Buffer = Buffer.concat([this.#skipped, bytes]);
    this.#skipped = Buffer.alloc(0);
    while (rest.length > 0) {
      const type = rest[0] ?? 0;
      if (type < 20 || type > 23 || (rest.length > 1 && rest[1] !== 3)) break;
      const length = rest.length < 5 ? Infinity : 5 + rest.readUInt16BE(3);
      if (rest.length < length) {
        this.#skipped = rest;
        return;
      }
      rest = rest.subarray(length);
    }
    if (rest.length === 0) return;
    this.#mode = 'plain';
    this.#receivePlain(rest);
  }

  #seekTls(pending: Seek['pending'], unread: Buffer, timeout: number): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        found(undefined);
      }, timeout);
      const found = (hello: Buffer | undefined): void => {
        clearTimeout(timer);
        this.#seek = undefined;
        resolve(hello);
      };
      const early = this.#takeAll(unread);
      this.#seek = { pending, buffer: Buffer.alloc(0), from: 0, found };
      this.#mode = 'seeking';
      // What came before is in the transcript already.
      for (const bytes of early) this.#seekIn(bytes, false);
      if (this.#ended) found(undefined);
    });
  }

  #seekIn(bytes: Buffer, isNew = true): void {
    const seek = this.#seek;
    if (seek === undefined) {
      if (this.#unanswered.length < MOST_PENDING) this.#unanswered.push(bytes);
      return;
    }
    const before = seek.buffer.length;
    seek.buffer = before === 0 ? bytes : Buffer.concat([seek.buffer, bytes]);
    const start = startOfTls(seek.buffer, seek.from);
    const plainEnd = 'at' in start ? start.at : start.keepFrom;
    const plain = seek.buffer.subarray(0, plainEnd);
    if (plain.length > 0) {
      if (isNew) this.transcript.bytes(this.#peer, plain, false);
      if (seek.pending.length < MOST_PENDING) seek.pending.push({ at: this.transcript.now(), data: plain.toString('latin1', 0, 4096) });
    }
    if ('at' in start) seek.found(seek.buffer.subarray(plainEnd));
    else {
      seek.buffer = seek.buffer.subarray(plainEnd);
      seek.from = 0;
    }
  }

  /** All that is here already, TLS records too: a ClientHello may have come before anybody was ready for it. */
  #takeAll(unread: Buffer): Buffer[] {
    const queued = this.#events.splice(0).flatMap((event) => ('bytes' in event ? [event.bytes] : []));
    const skipped = this.#skipped;
    this.#raw.resume();
    this.#queued = 0;
    this.#skipped = Buffer.alloc(0);
    this.#recordsLeft = 0;
    return [unread, ...queued, skipped].filter((bytes) => bytes.length > 0);
  }

  #takePlain(unread: Buffer): Seek['pending'] {
    const taken = unread.length > 0 ? [{ at: this.transcript.now(), data: unread.toString('latin1') }] : [];
    for (const event of this.#events.splice(0)) {
      if (event.kind === 'bytes') taken.push({ at: this.transcript.now(), data: event.bytes.toString('latin1') });
    }
    this.#queued = 0;
    return taken;
  }

  #runTls(
    start: (conduit: Conduit, conclude: Conclude) => TLSSocket,
    pending: Seek['pending'],
    presented: Pick<ServerTls, 'trusted' | 'certificate'> | undefined,
  ): Promise<{ boundary: BoundaryEntry; peer: Handshake }> {
    this.#mode = 'tls';
    const conduit = new Conduit(this.#raw);
    this.#conduit = conduit;
    return new Promise((resolve) => {
      const socket = start(conduit, (peer) => {
        if (!peer.completed) this.#mode = 'after';
        resolve({ boundary: this.#concluded(peer, pending, presented ?? { trusted: peer.authorized === true }), peer });
      });
      this.#attach(socket);
      if (this.#ended) conduit.feedEnd();
    });
  }

  #attach(socket: TLSSocket): void {
    this.#tls = socket;
    socket.on('data', (bytes: Buffer) => {
      this.transcript.bytes(this.#peer, bytes, true);
      this.#push({ kind: 'bytes', bytes, inside: true });
    });
    socket.on('end', () => {
      if (!this.#ended && this.#mode === 'tls') this.#leaveTls(this.#peer);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#mode === 'tls') this.transcript.note(`TLS failed: ${error.code ?? error.message.slice(0, 200)}`);
    });
  }

  #leaveTls(by: Party): void {
    if (this.#mode !== 'tls') return;
    this.transcript.outside(by);
    this.#mode = 'after';
    this.#push({ kind: 'outside' });
  }

  #concluded(handshake: Handshake, pending: Seek['pending'], tls: Pick<ServerTls, 'trusted' | 'certificate'>): BoundaryEntry {
    const { completed, hello, version, cipher, alpn, servername, resumed, alert, failure } = handshake;
    return this.transcript.boundary({
      completed,
      pending,
      trusted: tls.trusted,
      ...named(tls),
      ...(hello && { hello }),
      ...(version !== undefined && { version }),
      ...(cipher !== undefined && { cipher }),
      ...(alpn !== undefined && { alpn }),
      ...(servername !== undefined && { servername }),
      ...(resumed !== undefined && { resumed }),
      ...(alert && { alert: { from: alert.sentByPeer ? this.#peer : this.#us, name: alert.name } }),
      ...(failure !== undefined && { failure }),
    });
  }

  #finish(how: 'fin' | 'reset'): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#mode === 'plain' && this.#skipped.length > 0) this.transcript.bytes(this.#peer, this.#skipped, false);
    if (this.#seek !== undefined) {
      const rest = this.#seek.buffer;
      if (rest.length > 0) this.transcript.bytes(this.#peer, rest, false);
    }
    this.transcript.end(this.#peer, how);
    this.#conduit?.feedEnd();
    this.#seek?.found(undefined);
    this.#push({ kind: 'end', how });
  }

  #push(event: WireEvent): void {
    this.#events.push(event);
    if ('bytes' in event) {
      this.#queued += event.bytes.length;
      if (this.#queued > HIGH_WATER) (this.#tls ?? this.#raw).pause();
    }
    this.#wake?.();
  }

  #shift(): WireEvent | undefined {
    const event = this.#events.shift();
    if (event !== undefined && 'bytes' in event) {
      const wasHigh = this.#queued > HIGH_WATER;
      this.#queued -= event.bytes.length;
      if (wasHigh && this.#queued <= HIGH_WATER) (this.#tls ?? this.#raw).resume();
    }
    return event;
  }
}

const named = (tls: Pick<ServerTls, 'certificate'>): { certificate?: string } => (tls.certificate === undefined ? {} : { certificate: tls.certificate });

const isRecord = (bytes: Buffer): boolean => {
  const [type = 0, major = 3, minor = 0] = bytes;
  return type >= 20 && type <= 23 && major === 3 && minor <= 4;
};

const HIGH_WATER = 1024 * 1024;
const MOST_PENDING = 100;
