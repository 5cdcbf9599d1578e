import type { Duplex } from 'node:stream';
import { TURNS, type Share } from './turns.js';
import type { TransportEnd } from './phase.js';

/** What a wire does with what comes. */
export interface InflowSink {
  readonly receive: (bytes: Buffer) => void;
  readonly ended: (how: TransportEnd['how']) => void;
}

/**
 * What comes from a transport, in order. With a share, each piece waits for its turn, and the transport for its pieces, so
 * that neither time nor memory of one process goes to who sends most.
 */
export class Inflow {
  readonly #raw: Duplex;
  readonly #sink: InflowSink;
  readonly #share: Share | undefined;
  readonly #waiting: (Buffer | TransportEnd['how'])[] = [];
  #size = 0;
  #isScheduled = false;
  /** The reader is behind. */
  #isHeld = false;

  constructor(raw: Duplex, sink: InflowSink, share: Share | undefined) {
    this.#raw = raw;
    this.#sink = sink;
    this.#share = share;
    raw.on('data', (bytes: Buffer) => {
      this.#came(bytes);
    });
    raw.on('end', () => {
      this.#came('fin');
    });
    // The close that follows says it.
    raw.on('error', () => undefined);
    raw.on('close', () => {
      // Nothing more can come: what is here is all that there will be.
      this.#isHeld = false;
      this.#came('reset');
    });
  }

  pause(): void {
    this.#isHeld = true;
    this.#raw.pause();
  }

  resume(): void {
    this.#isHeld = false;
    this.#schedule();
    if (this.#size < MOST_WAITING) this.#raw.resume();
  }

  /** Throws away bytes that nobody has seen: the connection is given up. */
  drop(): void {
    const ends = this.#waiting.filter((each) => typeof each === 'string');
    this.#waiting.splice(0, Infinity, ...ends);
    this.#size = 0;
    this.#isHeld = false;
    this.#schedule();
  }

  #came(what: Buffer | TransportEnd['how']): void {
    if (this.#share === undefined) {
      this.#deliver(what);
      return;
    }
    this.#waiting.push(what);
    if (typeof what !== 'string') this.#size += what.length;
    if (this.#size >= MOST_WAITING) this.#raw.pause();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#share === undefined || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    TURNS.run(this.#share, () => {
      this.#isScheduled = false;
      this.#next();
    });
  }

  #next(): void {
    if (this.#isHeld) return;
    const what = this.#waiting.shift();
    if (what === undefined) return;
    if (typeof what !== 'string') this.#size -= what.length;
    this.#deliver(what);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#isHeld) return;
    if (this.#size < MOST_WAITING && this.#raw.isPaused()) this.#raw.resume();
    this.#schedule();
  }

  #deliver(what: Buffer | TransportEnd['how']): void {
    if (typeof what === 'string') this.#sink.ended(what);
    else this.#sink.receive(what);
  }
}

/** Bytes of one connection that wait for their turn. */
const MOST_WAITING = 16 * 1024;
