import { Duplex } from 'node:stream';
import { parseClientHello, type ClientHelloFacts } from '../tls/client-hello.js';
import type { HandmadeCredential, HandshakeScript } from '../tls/handshake-script.js';
import { alertName } from '../tls/registries.js';
import type { Conduit } from './conduit.js';
import { BROKEN_OFF, type Conclude, type Handshake } from './upgrade.js';
import { afterSilence } from './silence.js';

/** A handshake that is made by hand. */
export interface Scripted extends HandmadeCredential {
  readonly script: HandshakeScript;
}

/**
 * Plays the server's side of a handshake by a script, as far as it goes, and records by name what the client answers. It stands
 * where a TLS socket would, and never has anything to say inside TLS.
 */
export class ScriptedHandshake extends Duplex {
  readonly #conduit: Conduit;
  readonly #scripted: Scripted;
  readonly #conclude: Conclude;
  #waiting: Buffer = Buffer.alloc(0);
  /** Handshake messages in clear that are not complete yet. */
  #message: Buffer = Buffer.alloc(0);
  #hello: ClientHelloFacts | undefined;
  #round = 0;
  #isSealed = false;
  readonly #answers: string[] = [];
  #callOff: () => void = () => undefined;
  #isOver = false;

  constructor(conduit: Conduit, scripted: Scripted, conclude: Conclude) {
    super();
    this.#conduit = conduit;
    this.#scripted = scripted;
    this.#conclude = conclude;
    conduit.on('data', (bytes: Buffer) => {
      this.#waiting = Buffer.concat([this.#waiting, bytes]);
      this.#read();
    });
    conduit.once('end', () => {
      this.#end(BROKEN_OFF);
    });
    this.#await();
  }

  override _read(): void {
    // There is nothing inside.
  }

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // Somebody waits for the outcome, also where waxseal drops the connection.
    this.#end(BROKEN_OFF);
    done(error);
  }

  #read(): void {
    if (this.#isOver) return;
    if (this.#round === 0) {
      const hello = parseClientHello(this.#waiting);
      // One that is too long to be a ClientHello is none.
      if (hello === 'incomplete') return;
      const bytes = this.#waiting;
      this.#waiting = Buffer.alloc(0);
      if (hello === 'not-tls') this.#end({ failure: 'the client sent no ClientHello' });
      else this.#answer(hello, bytes);
      return;
    }
    for (let record = this.#nextRecord(); record !== undefined; record = this.#nextRecord()) this.#record(record);
  }

  /** The next whole record; undefined where none is there, and once everything is said. */
  #nextRecord(): Buffer | undefined {
    const length = this.#isOver ? undefined : recordLength(this.#waiting);
    if (length === undefined || this.#waiting.length < length) return undefined;
    const record = this.#waiting.subarray(0, length);
    this.#waiting = this.#waiting.subarray(length);
    return record;
  }

  #answer(hello: ClientHelloFacts, bytes: Buffer): void {
    this.#round += 1;
    this.#hello ??= hello;
    const { script, certificates, key } = this.#scripted;
    const flight = script({ hello, helloMessage: withoutHeaders(bytes), round: this.#round, certificates, key });
    if ('unfit' in flight) {
      this.#end({ failure: flight.unfit, unfit: true });
      return;
    }
    this.#conduit.write(flight);
    this.#await();
  }

  #record(record: Buffer): void {
    const [type = 0] = record;
    if (type >= SSL_2) {
      this.#said(record[2] === 2 ? 'client_master_key' : 'SSL 2.0 message');
      this.#end({ failure: SCRIPTED });
      return;
    }
    const contents = record.subarray(RECORD_HEADER);
    if (type === CHANGE_CIPHER_SPEC) {
      this.#said('change_cipher_spec');
      this.#isSealed = true;
    } else if (type === ALERT) this.#alert(contents);
    else if (type === APPLICATION_DATA) {
      this.#said('application_data');
      this.#end({ failure: SCRIPTED });
    } else if (this.#isSealed && !isClientHello(contents)) {
      this.#said('finished');
      this.#end({ failure: SCRIPTED });
    } else this.#handshake(record, contents);
  }

  #alert(contents: Buffer): void {
    const [, description = 0] = contents;
    if (contents.length !== 2) {
      this.#said('encrypted alert');
      this.#end({ failure: SCRIPTED });
      return;
    }
    this.#end({ failure: SCRIPTED, alert: { sentByPeer: true, name: alertName(description).replaceAll(' ', '_') } });
  }

  #handshake(record: Buffer, contents: Buffer): void {
    if (isClientHello(contents)) {
      const hello = parseClientHello(record);
      this.#said('client_hello');
      if (typeof hello === 'string') this.#end({ failure: SCRIPTED });
      else this.#answer(hello, record);
      return;
    }
    this.#message = Buffer.concat([this.#message, contents]);
    while (this.#message.length >= MESSAGE_HEADER) {
      const length = MESSAGE_HEADER + this.#message.readUIntBE(1, 3);
      if (length > MOST_IN_MESSAGE) {
        this.#end({ failure: SCRIPTED });
        return;
      }
      if (this.#message.length < length) return;
      const [type = 0] = this.#message;
      // A Certificate message without certificates is a list of length 0.
      this.#said(
        type === CERTIFICATE && length === MESSAGE_HEADER + 3
          ? 'empty certificate'
          : (MESSAGES.get(type) ?? `message ${String(type)}`),
      );
      this.#message = this.#message.subarray(length);
    }
  }

  #said(what: string): void {
    if (this.#answers.length < MOST_ANSWERS) this.#answers.push(what);
  }

  #await(): void {
    this.#callOff();
    this.#callOff = afterSilence(QUIET, () => {
      this.#end({ failure: SILENT });
    });
  }

  #end(outcome: Pick<Handshake, 'failure' | 'alert' | 'brokenOff' | 'unfit'>): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#callOff();
    const { versions, alpn, cipherSuites, groups, servername } = this.#hello ?? {};
    this.#conclude({
      ...outcome,
      completed: false,
      ...(versions &&
        alpn &&
        cipherSuites &&
        groups && { hello: { versions, alpn, cipherSuites, groups, ...(servername !== undefined && { servername }) } }),
      answers: [...this.#answers],
    });
  }
}

/** What records hold. */
const withoutHeaders = (bytes: Buffer): Buffer => {
  const contents: Buffer[] = [];
  for (let at = 0; at + RECORD_HEADER <= bytes.length; at += RECORD_HEADER + bytes.readUInt16BE(at + 3))
    contents.push(bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + bytes.readUInt16BE(at + 3)));
  return Buffer.concat(contents);
};

/** Of a record with its header, in either form; undefined where too little is there. */
const recordLength = (bytes: Buffer): number | undefined => {
  const [first = 0] = bytes;
  if (first >= SSL_2) return bytes.length < 3 ? undefined : 2 + (bytes.readUInt16BE(0) & 0x7fff);
  return bytes.length < RECORD_HEADER ? undefined : RECORD_HEADER + bytes.readUInt16BE(3);
};

/** One whole ClientHello in clear. */
const isClientHello = (contents: Buffer): boolean =>
  contents[0] === CLIENT_HELLO &&
  contents.length > MESSAGE_HEADER &&
  contents.readUIntBE(1, 3) === contents.length - MESSAGE_HEADER;

const MESSAGES: ReadonlyMap<number, string> = new Map([
  [1, 'client_hello'],
  [11, 'certificate'],
  [15, 'certificate_verify'],
  [16, 'client_key_exchange'],
  [20, 'finished'],
]);

const SCRIPTED = 'the handshake ends here';
const SILENT = 'the client neither went on nor refused';
/** Milliseconds that a client has for its next flight: many times what it takes. */
const QUIET = 5000;
const MOST_ANSWERS = 16;
const MOST_IN_MESSAGE = 2 ** 17;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const APPLICATION_DATA = 23;
const CLIENT_HELLO = 1;
const CERTIFICATE = 11;
/** A record of SSL 2.0 has its first bit set. */
const SSL_2 = 0x80;
