import type { BoundaryEntry } from './entry.js';
import type { Phase, PhaseHost, TransportEnd } from './phase.js';
import { PlainPhase } from './plain-phase.js';
import { afterSilence } from './silence.js';
import { TlsSeeker } from './tls-seeker.js';

/** The go-ahead is given: looks for the ClientHello, and keeps it until TLS is answered. Everything before it is pending plaintext. */
export class SeekingPhase implements Phase {
  /** The ClientHello's bytes, to which those are added that come before TLS takes over; undefined where no ClientHello comes. */
  readonly found: Promise<readonly Buffer[] | undefined>;
  readonly #host: PhaseHost;
  readonly #seeker: TlsSeeker;
  readonly #callOff: () => void;
  readonly #pending: BoundaryEntry['pending'][number][] = [];
  /** The ClientHello and what follows it. */
  readonly #flight: Buffer[] = [];
  #settle: (found: readonly Buffer[] | undefined) => void = () => undefined;

  /** Gives up after `timeout` ms. */
  constructor(host: PhaseHost, timeout: number) {
    this.#host = host;
    this.found = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#seeker = new TlsSeeker((plain, alreadySeen) => {
      this.#hearPlaintext(plain, alreadySeen);
    });
    this.#callOff = afterSilence(timeout, () => {
      this.giveUp();
    });
  }

  /** Plaintext before the ClientHello, segment by segment; bounded. */
  get pending(): BoundaryEntry['pending'] {
    return this.#pending;
  }

  /** `isSeen` says that the transcript has the bytes already. */
  receive(bytes: Buffer, isSeen = false): void {
    if (this.#flight.length > 0) {
      if (this.#flight.length <= MOST_PIECES) this.#flight.push(bytes);
      return;
    }
    const hello = this.#seeker.push(bytes, isSeen);
    if (hello === undefined) return;
    this.#flight.push(hello);
    this.#callOff();
    this.#settle(this.#flight);
  }

  transportEnded(end: TransportEnd): void {
    this.#host.conclude(end);
  }

  concluded(): void {
    this.giveUp();
  }

  takeHeld(): Buffer {
    return Buffer.alloc(0);
  }

  /** Goes on in clear; what looked like the beginning of TLS was plaintext too. Does nothing once the ClientHello is found. */
  giveUp(): void {
    if (this.#flight.length > 0) return;
    this.#callOff();
    this.#host.enter(new PlainPhase(this.#host));
    this.#seeker.giveUp();
    this.#settle(undefined);
  }

  #hearPlaintext(plain: Buffer, alreadySeen: number): void {
    const { transcript, peer } = this.#host;
    if (plain.length > alreadySeen) transcript.bytes(peer, plain.subarray(alreadySeen), false);
    if (this.#pending.length < MOST_PIECES)
      this.#pending.push({ at: transcript.now(), data: plain.toString('latin1', 0, LONGEST_PIECE) });
  }
}

const MOST_PIECES = 100;
/** Bytes. */
const LONGEST_PIECE = 4096;
