import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { Conduit } from './conduit.js';
import type { BoundaryEntry, Cause, Party } from './entry.js';
import { EventQueue, type WireEvent } from './event-queue.js';
import { handOn } from './hand-on.js';
import { Inflow } from './inflow.js';
import type { Phase, PhaseHost, TransportEnd } from './phase.js';
import { PlainPhase } from './plain-phase.js';
import { ScriptedHandshake } from './scripted-handshake.js';
import { SeekingPhase } from './seeking-phase.js';
import { afterSilence, settledOrSilence } from './silence.js';
import { TlsPhase } from './tls-phase.js';
import type { Marks, Transcript } from './transcript.js';
import { Share, TURNS } from './turns.js';
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

/**
 * Bytes in clear that go out when the ClientHello begins to come, or when none came for `after` ms: on the wire before the ServerHello
 * in any case. How fast the machine is does not decide whether a client that begins TLS at once meets them before it has begun.
 */
export interface LateBytes {
  readonly bytes: Buffer;
  readonly after: number;
}

/**
 * One connection: the only owner of the socket and of what it received. One persistent `data` listener, so that nothing
 * is lost or reordered when the connection turns to TLS in place, and back; what bytes mean is decided by the phase:
 * plain → seeking (servers only) → inside TLS → after TLS → plain.
 */
export class Wire {
  readonly transcript: Transcript;
  readonly #raw: Duplex;
  readonly #us: Party;
  readonly #peer: Party;
  readonly #host: PhaseHost;
  readonly #inflow: Inflow;
  readonly #share: Share;
  /** Resolves when the transport is closed, and everything that it brought was taken up. */
  readonly closed: Promise<void>;
  /** The same, or already when the peer has said that nothing more will come. */
  readonly silenced: Promise<void>;
  #phase: Phase;
  /** The latest TLS: it may still deliver something when it is not the current phase any more. */
  #tls: TlsPhase | undefined;
  readonly #events = new EventQueue();
  #wake: (() => void) | undefined;
  #isPaused = false;
  /** Who made us say goodbye; from then on nobody needs to listen any more. */
  #leaving: Cause | undefined;
  /** Inside TLS, what the transport had brought is delivered before the connection is concluded. */
  #transportEnd: TransportEnd | undefined;
  #ended: 'fin' | 'reset' | undefined;

  /** `us` is the party that waxseal plays on this connection; with a share, what comes waits for its turn. */
  constructor(raw: Duplex, us: Party, transcript: Transcript, share?: Share) {
    this.#raw = raw;
    this.#us = us;
    this.#peer = us === 'client' ? 'server' : 'client';
    this.transcript = transcript;
    transcript.keeper?.watch(raw, us);
    this.#host = this.#makeHost();
    this.#phase = new PlainPhase(this.#host);
    this.#share = share ?? new Share();
    let close: () => void = () => undefined;
    this.closed = new Promise((resolve) => (close = resolve));
    let silence: () => void = () => undefined;
    this.silenced = new Promise((resolve) => (silence = resolve));
    this.#inflow = new Inflow(
      raw,
      {
        receive: (bytes) => {
          this.#phase.receive(bytes);
        },
        ended: (how) => {
          this.#finish(how);
          silence();
          if (how === 'reset') close();
        },
      },
      share,
    );
  }

  get inside(): boolean {
    return this.#inside !== undefined;
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** A ClientHello has come, or gone: the handshake is under way or over. */
  get hasBegunTls(): boolean {
    return this.#tls !== undefined;
  }

  /** Milliseconds of our time that this connection has taken in its turns. */
  get taken(): number {
    return this.#share.taken;
  }

  /** Resolves when it is this connection's turn, in a process that many share. */
  turn(): Promise<void> {
    return TURNS.next(this.#share);
  }

  /** The next event, or undefined when `timeout` ms passed without one. */
  async read(timeout: number): Promise<WireEvent | undefined> {
    const next = this.#shift();
    if (next !== undefined) return next;
    if (this.#ended !== undefined) return { kind: 'end', how: this.#ended };
    await new Promise<void>((resolve) => {
      const callOff = afterSilence(timeout, resolve);
      this.#wake = () => {
        callOff();
        resolve();
      };
    });
    this.#wake = undefined;
    return this.#shift();
  }

  /** Writes, inside TLS where the connection is inside; resolves when the bytes are handed on, also if the peer is gone. */
  async write(bytes: Buffer, options: Marks = {}): Promise<void> {
    const tls = this.#inside;
    const stream = tls?.socket ?? this.#raw;
    if (bytes.length === 0 || stream.destroyed || stream.writableEnded) return;
    if (tls !== undefined && this.ended) return;
    this.transcript.bytes(this.#us, bytes, tls !== undefined, options);
    await (tls?.write(bytes) ?? handOn(stream, bytes));
  }

  /** Writes on the connection itself, in clear, also where TLS stands: no part of its stream. */
  async writeInClear(bytes: Buffer, options: Marks = {}): Promise<void> {
    if (bytes.length === 0 || this.#raw.destroyed || this.#raw.writableEnded) return;
    this.transcript.bytes(this.#us, bytes, false, { ...options, ...(this.inside && { unasked: true }) });
    await handOn(this.#raw, bytes);
  }

  /** Writes in clear what the transcript is not to keep, as far as the peer is there; says whether it still was when the bytes were handed on. */
  async writeUnkept(bytes: Buffer): Promise<boolean> {
    if (this.#raw.destroyed || this.#raw.writableEnded) return false;
    await handOn(this.#raw, bytes);
    return !this.#raw.destroyed;
  }

  /** Starts TLS as a server. Plaintext that arrived early is recorded as pending, never silently kept. */
  async acceptTls(options: ServerTls, unread: Buffer = Buffer.alloc(0), late?: LateBytes): Promise<BoundaryEntry> {
    const { found, pending } = this.#seekTls(unread, options.timeout);
    if (late !== undefined) {
      await settledOrSilence(found, late.after);
      await this.write(late.bytes, { tampered: true });
    }
    const flight = await found;
    if (flight === undefined) {
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
    const { scripted } = options;
    const { boundary } = await this.#runTls(
      (conduit, conclude) =>
        scripted === undefined
          ? acceptTls(conduit, options, conclude)
          : new ScriptedHandshake(conduit, scripted, conclude),
      flight,
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

  /** Begins another handshake inside TLS 1.2 as a client; resolves with why it failed, with nothing where it succeeded. */
  async renegotiate(timeout: number): Promise<string | undefined> {
    return (await this.#inside?.renegotiate(timeout)) ?? (this.inside ? undefined : 'the connection ended');
  }

  /** Ends TLS with close_notify and stays connected, in clear. */
  async downgrade(): Promise<void> {
    await this.#inside?.leave(this.#us);
  }

  /**
   * Says goodbye: close_notify where inside, then FIN. What still comes is recorded, whether or not somebody reads it;
   * `by` is who caused it, unless the peer ends first.
   */
  end(by: Cause): void {
    this.#leaving ??= by;
    this.#relax();
    const hangUp = (): void => void this.#raw.end();
    const tls = this.#inside?.socket;
    if (tls?.destroyed !== false) hangUp();
    else {
      tls.end(hangUp);
      // TLS over a transport that has ended may never say what became of its goodbye.
      if (this.#transportEnd !== undefined) setImmediate(hangUp);
    }
  }

  /** Ends the transport, and TLS with it, without close_notify; what still comes is recorded. */
  cutOff(by: Cause): void {
    this.#leaving ??= by;
    this.#relax();
    this.#raw.end();
  }

  /** Drops the connection without goodbye; a reset where the transport knows one. */
  reset(by: Cause): void {
    const socket = this.#raw as Duplex & { resetAndDestroy?: () => void };
    this.#leaving ??= by;
    this.#conclude(this.#us, 'reset', this.#leaving);
    this.#inflow.drop();
    if (typeof socket.resetAndDestroy === 'function') socket.resetAndDestroy();
    else socket.destroy();
  }

  /** Frees the socket; where the peer has not ended yet, that is an end of ours. */
  destroy(): void {
    this.#leaving ??= 'us';
    if (this.#transportEnd === undefined) this.#conclude(this.#us, 'reset', this.#leaving);
    this.#inflow.drop();
    this.#tls?.socket.destroy();
    this.#raw.destroy();
  }

  get #inside(): TlsPhase | undefined {
    return this.#phase === this.#tls ? this.#tls : undefined;
  }

  #makeHost(): PhaseHost {
    return {
      transcript: this.transcript,
      peer: this.#peer,
      isIn: (phase) => this.#phase === phase,
      enter: (next) => {
        this.#phase = next;
      },
      receive: (bytes) => {
        this.#phase.receive(bytes);
      },
      push: (event) => {
        this.#push(event);
      },
      hear: (text) => {
        if (text.length === 0) return;
        this.transcript.bytes(this.#peer, text, false);
        this.#push({ kind: 'bytes', bytes: text, inside: false });
      },
      pause: () => {
        this.#inflow.pause();
      },
      resume: () => {
        this.#inflow.resume();
      },
      conclude: ({ how, by }) => {
        this.#conclude(this.#peer, how, by);
      },
    };
  }

  #seekTls(unread: Buffer, timeout: number): SeekingPhase {
    const early = this.#takeAll(unread);
    const seeking = new SeekingPhase(this.#host, timeout);
    this.#phase = seeking;
    for (const { bytes, isSeen } of early) seeking.receive(bytes, isSeen);
    if (this.ended) seeking.giveUp();
    return seeking;
  }

  /** All that is here already, TLS records too: a ClientHello may have come before anybody was ready for it. */
  #takeAll(unread: Buffer): { readonly bytes: Buffer; readonly isSeen: boolean }[] {
    const queued = this.#takeEvents().flatMap((event) => ('bytes' in event ? [event.bytes] : []));
    const held = this.#phase.takeHeld();
    return [...[unread, ...queued].map((bytes) => ({ bytes, isSeen: true })), { bytes: held, isSeen: false }].filter(
      ({ bytes }) => bytes.length > 0,
    );
  }

  #takePlain(unread: Buffer): BoundaryEntry['pending'] {
    const taken = [
      unread,
      ...this.#takeEvents().flatMap((event) => (event.kind === 'bytes' ? [event.bytes] : [])),
    ].filter((bytes) => bytes.length > 0);
    const held = this.#phase.takeHeld();
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
    start: (conduit: Conduit, conclude: Conclude) => Duplex,
    firstBytes: readonly Buffer[],
    pending: BoundaryEntry['pending'],
    presented: Pick<ServerTls, 'trusted' | 'certificate'> | undefined,
  ): Promise<{ boundary: BoundaryEntry; peer: Handshake }> {
    return new Promise((resolve) => {
      const tls = new TlsPhase(this.#host, new Conduit(this.#raw, this.#inflow), start, (peer) => {
        const boundary = this.transcript.boundary({
          pending,
          ...boundaryFacts(peer, presented ?? { trusted: peer.authorized === true }, this.#us),
        });
        resolve({ boundary, peer });
      });
      this.#tls = tls;
      this.#phase = tls;
      if (tls.socket instanceof TLSSocket)
        tls.socket.on('keylog', (line: Buffer) => {
          this.transcript.keeper?.keylog(line);
          this.transcript.onKeys?.(line.toString('latin1').trim());
        });
      for (const bytes of firstBytes) tls.receive(bytes);
      if (this.#transportEnd !== undefined) tls.transportEnded(this.#transportEnd);
    });
  }

  #finish(how: 'fin' | 'reset'): void {
    if (this.#transportEnd !== undefined) return;
    this.#transportEnd = { how, by: this.#leaving ?? this.#peer };
    this.#phase.transportEnded(this.#transportEnd);
  }

  /** Nothing comes any more. */
  #conclude(from: Party, how: 'fin' | 'reset', by: Cause): void {
    if (this.ended) return;
    this.#ended = how;
    this.#tls?.settleWrites();
    this.#phase.concluded();
    this.transcript.end(from, how, by);
    this.#push({ kind: 'end', how });
  }

  #push(event: WireEvent): void {
    const isLeaving = this.#leaving !== undefined;
    if (isLeaving && this.#events.isTooLong) return;
    this.#events.push(event);
    // Each time anew: TLS that ends lets the transport flow again.
    if (this.#events.isTooLong && !isLeaving) {
      this.#isPaused = true;
      (this.#inside?.socket ?? this.#inflow).pause();
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
    this.#inflow.resume();
    const tls = this.#tls?.socket;
    if (tls?.destroyed === false) tls.resume();
  }
}
