import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { AfterPhase } from './after-phase.js';
import type { Conduit } from './conduit.js';
import type { Party } from './entry.js';
import { handOn } from './hand-on.js';
import type { Phase, PhaseHost, TransportEnd } from './phase.js';
import { RecordFilter } from './record-filter.js';
import { afterSilence } from './silence.js';
import type { Conclude } from './upgrade.js';

/** Inside TLS, from the handshake on. */
export class TlsPhase implements Phase {
  readonly socket: Duplex;
  readonly #host: PhaseHost;
  readonly #conduit: Conduit;
  readonly #filter = new RecordFilter();
  readonly #types = new RecordTypes();
  /** What cannot be TLS any more although TLS has not ended yet: it follows a close_notify that is still being read. */
  readonly #beyond: Buffer[] = [];
  #beyondSize = 0;
  /** Writes that have not been handed on yet. */
  readonly #writing = new Set<() => void>();
  #end: TransportEnd | undefined;
  #isUnderWay = true;
  /** Who began to end TLS, if it was us: the peer's answer may be here before our own close_notify is handed on. */
  #leaver: Party | undefined;

  /** Told when the peer sends an alert. */
  #alerted: (() => void) | undefined;

  /** `concluded` is told how the handshake went; a failed one ends the phase. */
  constructor(
    host: PhaseHost,
    conduit: Conduit,
    start: (conduit: Conduit, conclude: Conclude) => Duplex,
    concluded: Conclude,
  ) {
    this.#host = host;
    this.#conduit = conduit;
    this.socket = start(conduit, (handshake) => {
      this.#isUnderWay = false;
      concluded(handshake);
      if (!handshake.completed) this.#goOnInClear();
    });
    this.#attach();
  }

  /** Plaintext may share its segment with the close_notify before it: TLS is fed its own records only. */
  receive(bytes: Buffer): void {
    if (this.#beyond.length > 0) {
      this.#beyond.push(bytes);
      this.#beyondSize += bytes.length;
      if (this.#beyondSize > MOST_BEYOND) this.#host.pause();
      return;
    }
    const { records, text } = this.#filter.push(bytes);
    if (this.#isUnderWay && records.length > 0) this.#host.transcript.handshake(this.#host.peer, records);
    if (this.#types.push(records).includes(ALERT)) this.#alerted?.();
    if (records.length > 0) this.#conduit.feed(records);
    if (text.length === 0) return;
    this.#beyond.push(text);
    // Where TLS has not ended of its own accord by then, it fails by what it is shown.
    setImmediate(() => {
      if (!this.#host.isIn(this)) return;
      // Without a tls.Server, a server's TLSSocket tells of a failure after the handshake by this event only.
      this.socket.once('_tlsError', (error: Error) => this.socket.destroy(error));
      this.#conduit.feedText(text);
    });
  }

  transportEnded(end: TransportEnd): void {
    this.#end = end;
    this.#conduit.feedEnd();
  }

  /** What is held back in the filter is part of a record, which TLS can't read any more; plaintext behind TLS is a fact. */
  concluded(): void {
    if (this.#beyond.length === 0) return;
    const { transcript, peer } = this.#host;
    transcript.outside(peer);
    this.#host.push({ kind: 'outside' });
    for (const text of this.#beyond.splice(0)) this.#host.hear(text);
  }

  takeHeld(): Buffer {
    return this.#filter.takeHeld();
  }

  /** Resolves when the bytes are handed on, also if the peer is gone. */
  write(bytes: Buffer): Promise<void> {
    return handOn(this.socket, bytes, this.#writing);
  }

  /** TLS over a transport that has ended may never say what became of a write. */
  settleWrites(): void {
    for (const settle of [...this.#writing]) settle();
  }

  /** Another handshake, begun by us as a client; why it failed, or nothing. */
  renegotiate(timeout: number): Promise<string | undefined> {
    const { socket } = this;
    if (!(socket instanceof TLSSocket)) return Promise.resolve('there is no TLS library here');
    return new Promise((resolve) => {
      const done = (why: string | undefined): void => {
        callOff();
        socket.off('close', closed);
        this.#alerted = undefined;
        resolve(why);
      };
      // The library goes on waiting after a warning that there is no renegotiation.
      this.#alerted = () => {
        done('an alert');
      };
      const closed = (): void => {
        done('the connection ended');
      };
      const callOff = afterSilence(timeout, () => {
        done('no answer');
      });
      socket.once('close', closed);
      const isBegun = socket.renegotiate({ rejectUnauthorized: false }, (error) => {
        done(error === null ? undefined : ((error as NodeJS.ErrnoException).code ?? error.message.slice(0, 120)));
      });
      if (isBegun === false) done('the connection is over');
    });
  }

  /** Says close_notify, and goes on in clear. */
  async leave(by: Party): Promise<void> {
    this.#leaver = by;
    await new Promise<void>((resolve) => {
      this.socket.once('close', resolve);
      this.socket.end(() => {
        resolve();
      });
    });
    this.#left();
  }

  #attach(): void {
    const { transcript, peer } = this.#host;
    this.socket.on('data', (bytes: Buffer) => {
      transcript.bytes(peer, bytes, true);
      this.#host.push({ kind: 'bytes', bytes, inside: true });
    });
    this.socket.on('end', () => {
      // Where FIN came too, nobody can tell a close_notify from a truncation.
      if (this.#end === undefined || this.#beyond.length > 0) this.#left();
      else this.#host.conclude(this.#end);
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#host.isIn(this))
        transcript.note({ what: 'tls-failed', by: peer, code: error.code ?? error.message.slice(0, 200) });
    });
    this.socket.on('close', () => {
      this.#left();
    });
  }

  #left(): void {
    if (!this.#host.isIn(this)) return;
    const { transcript, peer } = this.#host;
    const by = this.#leaver ?? peer;
    if (this.#end === undefined || this.#beyond.length > 0) {
      transcript.outside(by);
      this.#host.push({ kind: 'outside' });
    }
    // A close_notify is answered in kind (RFC 5246 §7.2.1); there are clients that wait for it.
    if (!this.socket.destroyed) this.socket.end();
    this.#goOnInClear();
  }

  #goOnInClear(): void {
    this.#host.enter(new AfterPhase(this.#host, this.#filter));
    // The transport may wait for TLS, which will not let it go any more.
    this.#host.resume();
    for (const bytes of this.#beyond.splice(0)) this.#host.receive(bytes);
    if (this.#end !== undefined) this.#host.conclude(this.#end);
  }
}

/** Tells the types of records, whatever the segmentation. */
class RecordTypes {
  readonly #header: number[] = [];
  /** Octets of the current record that are still to come. */
  #left = 0;

  /** The types of the records that begin in these octets. */
  push(bytes: Buffer): number[] {
    const types: number[] = [];
    for (let at = 0; at < bytes.length;) {
      if (this.#left > 0) {
        const passed = Math.min(this.#left, bytes.length - at);
        this.#left -= passed;
        at += passed;
        continue;
      }
      this.#header.push(bytes[at] ?? 0);
      at += 1;
      if (this.#header.length < RECORD_HEADER) continue;
      const [type = 0, , , high = 0, low = 0] = this.#header.splice(0);
      types.push(type);
      this.#left = high * 256 + low;
    }
    return types;
  }
}

const RECORD_HEADER = 5;
const ALERT = 21;
/** Bytes that wait for the end of TLS; the transport waits with more. */
const MOST_BEYOND = 64 * 1024;
