import type { Cause, Party } from './entry.js';
import type { WireEvent } from './event-queue.js';
import type { Transcript } from './transcript.js';

/** How the transport ended, and who caused it. */
export interface TransportEnd {
  readonly how: 'fin' | 'reset';
  readonly by: Cause;
}

/** One phase of a connection: what the peer's bytes mean until the next phase takes over. */
export interface Phase {
  receive(bytes: Buffer): void;
  /** The peer sends nothing any more. The phase concludes the connection once everything that came is delivered. */
  transportEnded(end: TransportEnd): void;
  /** The connection is concluded while this phase is the current one: what is still held back has to be recorded now. */
  concluded(): void;
  /** Takes away what is held back because it may become a TLS record. */
  takeHeld(): Buffer;
}

/** What a phase may ask of its wire, which owns the socket, the queue of events and the transcript. */
export interface PhaseHost {
  readonly transcript: Transcript;
  readonly peer: Party;
  isIn(phase: Phase): boolean;
  enter(next: Phase): void;
  /** Gives bytes to the current phase, as if they had come just now. */
  receive(bytes: Buffer): void;
  /** Tells the reader. */
  push(event: WireEvent): void;
  /** Records text of the peer in clear, and tells the reader. */
  hear(text: Buffer): void;
  /** Makes the transport wait. */
  pause(): void;
  /** Lets the transport flow again, until the reader is too far behind. */
  resume(): void;
  /** Ends the connection for the reader and the transcript; only the first call counts. */
  conclude(end: TransportEnd): void;
}
