import type { Phase, PhaseHost, TransportEnd } from './phase.js';
import { PlainPhase } from './plain-phase.js';
import type { RecordFilter } from './record-filter.js';

/** TLS has just ended, or failed: the rest of its records may follow and is ignored; whatever else comes is plaintext. */
export class AfterPhase implements Phase {
  readonly #host: PhaseHost;
  readonly #filter: RecordFilter;

  /** `filter` knows where TLS stood in its records. */
  constructor(host: PhaseHost, filter: RecordFilter) {
    this.#host = host;
    this.#filter = filter;
  }

  receive(bytes: Buffer): void {
    const { text } = this.#filter.push(bytes);
    if (text.length === 0) return;
    this.#host.enter(new PlainPhase(this.#host));
    this.#host.hear(text);
  }

  transportEnded(end: TransportEnd): void {
    this.#host.conclude(end);
  }

  concluded(): void {
    // What is held back began like the rest of a record of TLS.
  }

  takeHeld(): Buffer {
    return this.#filter.takeHeld();
  }
}
