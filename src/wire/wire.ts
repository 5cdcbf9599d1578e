import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { Conduit } from './conduit.js';
import { EventQueue, type WireEvent } from './event-queue.js';
import { helloAfterLine, RecordFilter } from './record-filter.js';
import { TlsSeeker } from './tls-seeker.js';
import type { BoundaryEntry, Cause, Party } from './entry.js';
import type { Transcript } from './transcript.js';
import {
  acceptTls,
  boundaryFacts,
  connectTls,
  named,
  type ClientTls,
  type Conclude,
  type Handshake,
  type ServerTls,
} from './upgrade.js';

export type { WireEvent } from './event-queue.js';

/** An active TLS attempt, before it is known where TLS begins. */
interface Seek {
  readonly seeker: TlsSeeker;
  readonly found: (hello: Buffer | undefined) => void;
}

type Pending = { readonly at: number; readonly data: string }[];

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
  readonly #events = new EventQueue();
  #wake: (() => void) | undefined;
  #mode: Mode = 'plain';
  #seek: Seek | undefined;
  /** What follows the ClientHello's first segment while TLS is not answered yet. */
  #unanswered: Buffer[] = [];
  #conduit: Conduit | undefined;
  #tls: TLSSocket | undefined;
  #filter = new RecordFilter();
  /** What cannot be TLS any more although TLS has not ended yet: it follows a close_notify that is still being read. */
  #beyond: Buffer[] = [];
  #isPaused = false;
  /** Who made us say goodbye; from then on nobody needs to listen any more. */
  #leaving: Cause | undefined;
  /** How the transport ended, and who caused it; inside TLS, what it had brought is delivered first. */
  #rawEnd: { readonly how: 'fin' | 'reset'; readonly by: Cause } | undefined;
  #ended: 'fin' | 'reset' | undefined;
  /** Writes inside TLS that have not been handed on yet. */
  readonly #writing = new Set<() => void>();

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
      this.#finish('reset');
    });
  }

  get inside(): boolean {
    return this.#mode === 'tls';
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** The next event, or undefined when `timeout` ms passed without one. */
  async read(timeout: number): Promise<WireEvent | undefined> {
    const next = this.#shift();
    if (next !== undefined) return next;
    if (this.#ended !== undefined) return { kind: 'end', how: this.#ended };
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
    // TLS over a transport that has ended may never say what became of a write.
    if (this.#mode === 'tls' && this.#ended !== undefined) return;
    this.transcript.bytes(this.#us, bytes, this.#mode === 'tls', options);
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        target.off('close', settle);
        this.#writing.delete(settle);
        resolve();
      };
      target.once('close', settle);
      if (this.#mode === 'tls') this.#writing.add(settle);
      target.write(bytes, settle);
    });
  }

  /** Starts TLS as a server. Plaintext that arrived early is recorded as pending, never silently kept. */
  async acceptTls(options: ServerTls, unread: Buffer = Buffer.alloc(0), late?: LateBytes): Promise<BoundaryEntry> {
    const pending: Pending = [];
    const seeking = this.#seekTls(pending, unread, options.timeout);
    if (late !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, late.after));
      await this.write(late.bytes, { tampered: true });
    }
    const hello = await seeking;
    if (hello === undefined) {
      const failure = this.ended
        ? 'the client ended the connection before a ClientHello'
        : `no ClientHello within ${String(options.timeout)} ms`;
      return this.transcript.boundary({
        completed: false,
        pending,
        trusted: options.trusted,
        failure,
        ...(!this.ended && { timeout: options.timeout }),
        ...named(options),
      });
    }
    const firstBytes = [hello, ...this.#unanswered.splice(0)];
    const { boundary } = await this.#runTls(
      (conduit, conclude) => acceptTls(conduit, options, conclude),
      firstBytes,
      pending,
      options,
    );
    return boundary;
  }

  /** Starts TLS as a client; `unread` is what the caller had read but not understood, which must have come in clear. */
  async connectTls(
    options: ClientTls,
    unread: Buffer = Buffer.alloc(0),
  ): Promise<{ boundary: BoundaryEntry; peer: Handshake }> {
    const pending = this.#takePlain(unread);
    return this.#runTls((conduit, conclude) => connectTls(conduit, options, conclude), [], pending, undefined);
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

  /**
   * Says goodbye: close_notify where inside, then FIN. What still comes is recorded, whether or not somebody reads it;
   * `by` is who caused it, unless the peer ends first.
   */
  end(by: Cause): void {
    this.#leaving ??= by;
    this.#relax();
    const hangUp = (): void => void this.#raw.end();
    if (this.#mode !== 'tls' || this.#tls === undefined || this.#tls.destroyed) hangUp();
    else {
      this.#tls.end(hangUp);
      // TLS over a transport that has ended may never say what became of its goodbye.
      if (this.#rawEnd !== undefined) setImmediate(hangUp);
    }
  }

  /** Drops the connection without goodbye; a reset where the transport knows one. */
  reset(by: Cause): void {
    const socket = this.#raw as Duplex & { resetAndDestroy?: () => void };
    this.#leaving ??= by;
    this.#conclude(this.#us, 'reset', this.#leaving);
    if (typeof socket.resetAndDestroy === 'function') socket.resetAndDestroy();
    else socket.destroy();
  }

  /** Frees the socket; where the peer has not ended yet, that is an end of ours. */
  destroy(): void {
    this.#leaving ??= 'us';
    if (this.#rawEnd === undefined) this.#conclude(this.#us, 'reset', this.#leaving);
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
        this.#receiveTls(bytes);
        return;
      case 'after':
        this.#receiveAfterTls(bytes);
    }
  }

  /** Text protocols begin no segment with a TLS record, and no line with a ClientHello: a client that sends one believes to be inside TLS, or wants to be. */
  #receivePlain(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      const { records, text } = this.#filter.push(rest);
      if (records.length > 0) {
        this.transcript.bytes(this.#peer, records, false, { record: true });
        this.#push({ kind: 'records', bytes: records });
      }
      const hello = helloAfterLine(text);
      this.#hearText(text.subarray(0, hello));
      rest = text.subarray(hello);
    }
  }

  /** Plaintext may share its segment with the close_notify before it: TLS is fed its own records only. */
  #receiveTls(bytes: Buffer): void {
    if (this.#beyond.length > 0) {
      this.#beyond.push(bytes);
      return;
    }
    const { records, text } = this.#filter.push(bytes);
    if (records.length > 0) this.#conduit?.feed(records);
    if (text.length === 0) return;
    this.#beyond.push(text);
    // Where TLS has not ended of its own accord by then, it fails by what it is shown.
    setImmediate(() => {
      if (this.#mode === 'tls') this.#conduit?.feed(text);
    });
  }

  /** After TLS ended only the rest of its records may follow; whatever else comes is plaintext. */
  #receiveAfterTls(bytes: Buffer): void {
    const { text } = this.#filter.push(bytes);
    if (text.length > 0) this.#mode = 'plain';
    this.#hearText(text);
  }

  #hearText(text: Buffer): void {
    if (text.length === 0) return;
    this.transcript.bytes(this.#peer, text, false);
    this.#push({ kind: 'bytes', bytes: text, inside: false });
  }

  #seekTls(pending: Pending, unread: Buffer, timeout: number): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const early = this.#takeAll(unread);
      const seeker = new TlsSeeker((plain, alreadySeen) => {
        if (plain.length > alreadySeen) this.transcript.bytes(this.#peer, plain.subarray(alreadySeen), false);
        if (pending.length < MOST_PENDING)
          pending.push({ at: this.transcript.now(), data: plain.toString('latin1', 0, 4096) });
      });
      const timer = setTimeout(() => {
        found(undefined);
      }, timeout);
      const found = (hello: Buffer | undefined): void => {
        if (this.#seek === undefined) return;
        clearTimeout(timer);
        this.#seek = undefined;
        if (hello === undefined) {
          this.#mode = 'plain';
          seeker.giveUp();
        }
        resolve(hello);
      };
      this.#seek = { seeker, found };
      this.#mode = 'seeking';
      for (const { bytes, isSeen } of early) this.#seekIn(bytes, isSeen);
      if (this.ended) found(undefined);
    });
  }

  #seekIn(bytes: Buffer, isSeen = false): void {
    const seek = this.#seek;
    if (seek === undefined) {
      if (this.#unanswered.length < MOST_PENDING) this.#unanswered.push(bytes);
      return;
    }
    const hello = seek.seeker.push(bytes, isSeen);
    if (hello !== undefined) seek.found(hello);
  }

  /** All that is here already, TLS records too: a ClientHello may have come before anybody was ready for it. */
  #takeAll(unread: Buffer): { readonly bytes: Buffer; readonly isSeen: boolean }[] {
    const queued = this.#takeEvents().flatMap((event) => ('bytes' in event ? [event.bytes] : []));
    const held = this.#filter.takeHeld();
    return [...[unread, ...queued].map((bytes) => ({ bytes, isSeen: true })), { bytes: held, isSeen: false }].filter(
      ({ bytes }) => bytes.length > 0,
    );
  }

  #takePlain(unread: Buffer): Pending {
    const taken = [
      unread,
      ...this.#takeEvents().flatMap((event) => (event.kind === 'bytes' ? [event.bytes] : [])),
    ].filter((bytes) => bytes.length > 0);
    const held = this.#filter.takeHeld();
    if (held.length > 0) this.transcript.bytes(this.#peer, held, false);
    return [...taken, ...(held.length > 0 ? [held] : [])].map((bytes) => ({
      at: this.transcript.now(),
      data: bytes.toString('latin1'),
    }));
  }

  /** Takes what was queued; the end stays, it can be read at any time. */
  #takeEvents(): WireEvent[] {
    const events = this.#events.takeAll();
    this.#relax();
    return events;
  }

  #runTls(
    start: (conduit: Conduit, conclude: Conclude) => TLSSocket,
    firstBytes: readonly Buffer[],
    pending: Pending,
    presented: Pick<ServerTls, 'trusted' | 'certificate'> | undefined,
  ): Promise<{ boundary: BoundaryEntry; peer: Handshake }> {
    this.#mode = 'tls';
    const conduit = new Conduit(this.#raw);
    this.#conduit = conduit;
    return new Promise((resolve) => {
      const socket = start(conduit, (peer) => {
        const boundary = this.transcript.boundary({
          pending,
          ...boundaryFacts(peer, presented ?? { trusted: peer.authorized === true }, this.#us),
        });
        if (!peer.completed) this.#goOnInClear();
        resolve({ boundary, peer });
      });
      this.#attach(socket);
      for (const bytes of firstBytes) this.#receiveTls(bytes);
      if (this.#rawEnd !== undefined) conduit.feedEnd();
    });
  }

  #attach(socket: TLSSocket): void {
    this.#tls = socket;
    socket.on('data', (bytes: Buffer) => {
      this.transcript.bytes(this.#peer, bytes, true);
      this.#push({ kind: 'bytes', bytes, inside: true });
    });
    socket.on('end', () => {
      // Where FIN came too, nobody can tell a close_notify from a truncation.
      if (this.#rawEnd === undefined || this.#beyond.length > 0) this.#leaveTls(this.#peer);
      else this.#conclude(this.#peer, this.#rawEnd.how, this.#rawEnd.by);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#mode === 'tls')
        this.transcript.note({ what: 'tls-failed', by: this.#peer, code: error.code ?? error.message.slice(0, 200) });
    });
    socket.on('close', () => {
      this.#leaveTls(this.#peer);
    });
  }

  #leaveTls(by: Party): void {
    if (this.#mode !== 'tls') return;
    if (this.#rawEnd === undefined || this.#beyond.length > 0) {
      this.transcript.outside(by);
      this.#push({ kind: 'outside' });
    }
    // A close_notify is answered in kind (RFC 5246 §7.2.1); there are clients that wait for it.
    if (by === this.#peer && this.#tls?.destroyed === false) this.#tls.end();
    this.#goOnInClear();
  }

  /** What comes now is plaintext, or the rest of TLS records. */
  #goOnInClear(): void {
    this.#mode = 'after';
    // The conduit may have held back the transport, and will not let it go any more.
    if (!this.#isPaused) this.#raw.resume();
    for (const bytes of this.#beyond.splice(0)) this.#receive(bytes);
    if (this.#rawEnd !== undefined) this.#conclude(this.#peer, this.#rawEnd.how, this.#rawEnd.by);
  }

  #finish(how: 'fin' | 'reset'): void {
    if (this.#rawEnd !== undefined || this.#ended !== undefined) return;
    const by = this.#leaving ?? this.#peer;
    this.#rawEnd = { how, by };
    if (this.#mode === 'tls') this.#conduit?.feedEnd();
    else this.#conclude(this.#peer, how, by);
  }

  /** Nothing comes any more. */
  #conclude(from: Party, how: 'fin' | 'reset', by: Cause): void {
    if (this.#ended !== undefined) return;
    this.#ended = how;
    for (const settle of [...this.#writing]) settle();
    const held = this.#mode === 'plain' ? this.#filter.takeHeld() : Buffer.alloc(0);
    this.#hearText(held);
    this.#seek?.found(undefined);
    this.transcript.end(from, how, by);
    this.#push({ kind: 'end', how });
  }

  #push(event: WireEvent): void {
    const isLeaving = this.#leaving !== undefined;
    if (isLeaving && this.#events.isTooLong) return;
    this.#events.push(event);
    if (this.#events.isTooLong && !isLeaving && !this.#isPaused) {
      this.#isPaused = true;
      (this.#mode === 'tls' ? (this.#tls ?? this.#raw) : this.#raw).pause();
    }
    this.#wake?.();
  }

  #shift(): WireEvent | undefined {
    const event = this.#events.shift();
    if (!this.#events.isTooLong) this.#relax();
    return event;
  }

  /** Lets the peer go on. */
  #relax(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#raw.resume();
    if (this.#tls?.destroyed === false) this.#tls.resume();
  }
}

const MOST_PENDING = 100;
