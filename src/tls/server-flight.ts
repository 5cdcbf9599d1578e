import { ByteReader } from './byte-reader.js';
import { alertName } from './registries.js';
import type { Flight, ServerAnswer } from './server-answer.js';
import { FLIGHT_MESSAGES, serverHello } from './server-hello.js';

/**
 * Reads a server's answer to a raw ClientHello as it arrives, in chunks of any size.
 * Memory and work are bounded by 256 KiB; a longer flight is `not-tls`.
 */
export class ServerFlightReader {
  readonly #raw = new Backlog();
  readonly #messages = new Backlog();
  #flight: Flight | undefined;
  readonly #warnings: string[] = [];
  #received = 0;
  #opening: Buffer = Buffer.alloc(0);
  #answer: ServerAnswer | undefined;
  readonly #isRetried: boolean;

  /** `isRetried`: the hello was the client's second one, after a HelloRetryRequest. */
  constructor(isRetried = false) {
    this.#isRetried = isRetried;
  }

  /** The answer, once it is known. */
  get answer(): ServerAnswer | 'incomplete' {
    return this.#answer ?? 'incomplete';
  }

  /** Takes the next bytes; whatever comes after the answer is passed over. */
  push(chunk: Buffer): ServerAnswer | 'incomplete' {
    if (this.#answer !== undefined) return this.#answer;
    if (this.#opening.length < KEPT)
      this.#opening = Buffer.concat([this.#opening, chunk.subarray(0, KEPT - this.#opening.length)]);
    this.#raw.append(chunk.subarray(0, MAX_FLIGHT - this.#received));
    this.#received = Math.min(this.#received + chunk.length, MAX_FLIGHT);
    this.#answer = this.#advance() ?? (this.#received === MAX_FLIGHT ? this.#notTls() : undefined);
    return this.answer;
  }

  /** The peer has closed: what was said until then is final. */
  end(): ServerAnswer {
    const facts = this.#flight && { ...this.#flight, warnings: this.#warnings };
    return (this.#answer ??= facts ?? (this.#raw.length > 0 ? this.#notTls() : { kind: 'closed' }));
  }

  #advance(): ServerAnswer | undefined {
    for (;;) {
      const waiting = this.#raw.peek();
      if (this.#flight === undefined && this.#messages.length === 0) {
        const old = sslv2Answer(waiting);
        if (old === 'incomplete') return undefined;
        if (old !== undefined) return old;
      }
      const [type = 22, major = 3, minor = 0] = waiting;
      if (type < 20 || type > 23 || major !== 3 || minor > 4) return this.#notTls();
      if (waiting.length < RECORD_HEADER) return undefined;
      const length = waiting.readUInt16BE(3);
      if (length > MAX_RECORD) return this.#notTls();
      if (waiting.length < RECORD_HEADER + length) return undefined;
      const contents = waiting.subarray(RECORD_HEADER, RECORD_HEADER + length);
      const answer = this.#record(type, contents);
      this.#raw.consume(RECORD_HEADER + length);
      if (answer !== undefined) return answer;
    }
  }

  #record(type: number, contents: Buffer): ServerAnswer | undefined {
    if (type === ALERT) return this.#alert(contents);
    // Behind a HelloRetryRequest, for the sake of middleboxes (RFC 8446 §D.4).
    if (type === CHANGE_CIPHER_SPEC && this.#isRetried && this.#flight === undefined) return undefined;
    if (type !== HANDSHAKE) return this.#flight ? this.end() : this.#notTls();
    this.#messages.append(contents);
    for (;;) {
      const waiting = this.#messages.peek();
      if (waiting.length < MESSAGE_HEADER) return undefined;
      const length = waiting.readUIntBE(1, 3);
      if (length > MAX_FLIGHT) return this.#notTls();
      if (waiting.length < MESSAGE_HEADER + length) return undefined;
      // Copied: certificates outlive the backlog that they arrived in.
      const body = Buffer.from(waiting.subarray(MESSAGE_HEADER, MESSAGE_HEADER + length));
      const answer = this.#message(waiting[0] ?? 0, body);
      this.#messages.consume(MESSAGE_HEADER + length);
      if (answer !== undefined) return answer;
    }
  }

  #message(type: number, body: Buffer): ServerAnswer | undefined {
    if (this.#flight === undefined) {
      this.#flight = type === SERVER_HELLO ? serverHello(body) : undefined;
      if (this.#flight === undefined) return this.#notTls();
    } else if (FLIGHT_MESSAGES.get(type)?.(new ByteReader(body), this.#flight) === false) {
      return this.#notTls();
    }
    return this.#flight.complete ? { ...this.#flight, warnings: this.#warnings } : undefined;
  }

  #alert(contents: Buffer): ServerAnswer | undefined {
    const [level, description] = contents;
    if (level === undefined || description === undefined) return this.#notTls();
    const name = alertName(description);
    // Old servers warn about an unknown name and go on (RFC 6066 §3).
    if (level === WARNING && description !== CLOSE_NOTIFY) {
      this.#warnings.push(name);
      return this.#warnings.length > MAX_WARNINGS ? this.#notTls() : undefined;
    }
    return { kind: 'alert', level, description, name };
  }

  #notTls(): ServerAnswer {
    return { kind: 'not-tls', bytes: this.#opening };
  }
}

/** The server's answer at the start of `bytes`, all at once. */
export const parseServerAnswer = (bytes: Buffer): ServerAnswer | 'incomplete' => new ServerFlightReader().push(bytes);

/** SSLv2 SERVER-HELLO or ERROR (RFC 6101 appendix E); undefined when it is neither. */
const sslv2Answer = (bytes: Buffer): ServerAnswer | 'incomplete' | undefined => {
  const [high, low = 0, type = 0] = bytes;
  if (high === undefined) return 'incomplete';
  if (high < 0x80 || (type !== 0 && type !== 4)) return undefined;
  const length = (high & 0x7f) * 256 + low;
  if (bytes.length >= 2 && (length < 3 || (bytes.length >= 3 && type === 0 && length !== 3))) return undefined;
  if (bytes.length < 2 + length) return 'incomplete';
  const reader = new ByteReader(bytes.subarray(3, 2 + length));
  if (type === 0) return { kind: 'sslv2', cipherKinds: [], error: reader.number(2) };
  reader.take(2);
  const version = reader.number(2);
  const certificateLength = reader.number(2);
  const kindsLength = reader.number(2);
  reader.number(2);
  const certificate = Buffer.from(reader.take(certificateLength));
  const cipherKinds = new ByteReader(reader.take(kindsLength)).numbers(3);
  return reader.failed || version !== 2 ? undefined : { kind: 'sslv2', cipherKinds, certificate };
};

/** Bytes that wait to be complete; appending costs amortised time in their number. */
class Backlog {
  #buffer: Buffer = Buffer.alloc(512);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(bytes: Buffer): void {
    if (this.#end + bytes.length > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(this.#buffer.length, 2 * (this.length + bytes.length)));
      this.#buffer.copy(grown, 0, this.#start, this.#end);
      [this.#buffer, this.#start, this.#end] = [grown, 0, this.length];
    }
    this.#end += bytes.copy(this.#buffer, this.#end);
  }

  peek(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  consume(length: number): void {
    this.#start += length;
  }
}

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const SERVER_HELLO = 2;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
const WARNING = 1;
const CLOSE_NOTIFY = 0;
const KEPT = 512;
const MAX_RECORD = 2 ** 14 + 2048;
const MAX_FLIGHT = 2 ** 18;
const MAX_WARNINGS = 16;
