import { parseClientHello } from '../tls/client-hello.js';
import { EXTENSION } from '../tls/registries.js';
import type { HelloFacts } from './entry.js';

/** Collects the first flight until its ClientHello can be read, or is too long to be one; parsed only when a record is complete. */
export class HelloReader {
  #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes with which the next record is complete, or its header. */
  #wanted = RECORD_HEADER;
  #facts: HelloFacts | undefined;
  #over = false;

  push(bytes: Buffer): void {
    if (this.#over) return;
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#length >= this.#wanted) this.#parse(Buffer.concat(this.#pieces));
  }

  facts(): { hello?: HelloFacts } {
    return this.#facts === undefined ? {} : { hello: this.#facts };
  }

  #parse(flight: Buffer): void {
    this.#pieces = [flight];
    const hello = parseClientHello(flight);
    if (hello === 'incomplete') {
      this.#wanted = nextRecordEnd(flight);
      return;
    }
    this.#over = true;
    this.#pieces = [];
    if (typeof hello === 'string') return;
    const { versions, alpn, cipherSuites, groups, servername, extensions } = hello;
    this.#facts = {
      versions,
      alpn,
      cipherSuites,
      groups,
      ...(servername !== undefined && { servername }),
      ...(extensions.includes(EXTENSION.statusRequest) && { asksForStatus: true as const }),
    };
  }
}

/** Where the first record ends that is not complete yet, or its header. */
const nextRecordEnd = (flight: Buffer): number => {
  let at = 0;
  while (at + RECORD_HEADER <= flight.length) {
    at += RECORD_HEADER + flight.readUInt16BE(at + 3);
    if (at > flight.length) return at;
  }
  return at + RECORD_HEADER;
};

const RECORD_HEADER = 5;
