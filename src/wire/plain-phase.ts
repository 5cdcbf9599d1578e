import type { Phase, PhaseHost, TransportEnd } from './phase.js';
import { helloAfterLine, RecordFilter } from './record-filter.js';

/**
 * In clear. Text protocols begin no segment with a TLS record, and no line with a ClientHello: a client that sends one
 * believes to be inside TLS, or wants to be.
 */
export class PlainPhase implements Phase {
  readonly #host: PhaseHost;
  readonly #filter = new RecordFilter();

  constructor(host: PhaseHost) {
    this.#host = host;
  }

  receive(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      const { records, text } = this.#filter.push(rest);
      if (records.length > 0) {
        this.#host.transcript.bytes(this.#host.peer, records, false, { record: true });
        this.#host.push({ kind: 'records', bytes: records });
      }
      const hello = helloAfterLine(text);
      this.#host.hear(text.subarray(0, hello));
      rest = text.subarray(hello);
    }
  }

  transportEnded(end: TransportEnd): void {
    this.#host.conclude(end);
  }

  concluded(): void {
    this.#host.hear(this.takeHeld());
  }

  takeHeld(): Buffer {
    return this.#filter.takeHeld();
  }
}
