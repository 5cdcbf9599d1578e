import { parseClientHello } from '../tls/client-hello.js';
import { serverHello } from '../tls/server-hello.js';
import type { HelloFacts, Party } from '../wire/entry.js';

/** What shows of a TLS session to somebody who can't look into it. */
export interface SealedFacts {
  readonly hello?: HelloFacts;
  /** `TLSv1.3` */
  readonly version?: string;
  /** An alert that was not encrypted yet: `unknown_ca` can be seen in TLS 1.2 only. */
  readonly sawAlert?: Party;
  /** The client finished the handshake and said something inside that is longer than a goodbye. */
  readonly clientSpoke: boolean;
}

/** Watches the records of one TLS session that passes through; keeps the hellos and counts the rest. */
export class SealedConnection {
  readonly #readers: Readonly<Record<Party, RecordReader>>;
  #hello: HelloFacts | undefined;
  #version: string | undefined;
  #alert: Party | undefined;
  #finished = false;
  #spoke = false;
  #changed = false;

  constructor() {
    this.#readers = {
      client: new RecordReader((type, length) => {
        this.#fromClient(type, length);
      }),
      server: new RecordReader((type) => {
        this.#seen('server', type);
      }),
    };
  }

  get facts(): SealedFacts {
    return {
      clientSpoke: this.#spoke,
      ...(this.#hello && { hello: this.#hello }),
      ...(this.#version !== undefined && { version: this.#version }),
      ...(this.#alert && { sawAlert: this.#alert }),
    };
  }

  push(from: Party, bytes: Buffer): void {
    this.#readers[from].push(bytes);
    if (from === 'client') this.#hello ??= clientFacts(this.#readers.client.beginning);
    else this.#version ??= versionIn(this.#readers.server.beginning);
  }

  #fromClient(type: number, length: number): void {
    this.#seen('client', type);
    if (type === CHANGE_CIPHER_SPEC) this.#changed = true;
    const isOld = this.#version !== undefined && this.#version !== 'TLSv1.3';
    // TLS 1.2 and older: the Finished is a handshake record of its own, after ChangeCipherSpec; what follows is data.
    if (isOld && type === HANDSHAKE && this.#changed) this.#finished = true;
    else if (type === APPLICATION_DATA && length > LONGEST_GOODBYE) {
      // TLS 1.3: the first encrypted record that is no alert holds the Finished (RFC 8446 §5.2).
      if (this.#finished) this.#spoke = true;
      else if (!isOld) this.#finished = true;
    }
  }

  #seen(from: Party, type: number): void {
    if (type === ALERT && !this.#finished) this.#alert ??= from;
  }
}

/** Walks records without keeping them; `beginning` is what the hellos are read from. */
class RecordReader {
  readonly #onRecord: (type: number, length: number) => void;
  #header = Buffer.alloc(0);
  #left = 0;
  #beginning = Buffer.alloc(0);

  constructor(onRecord: (type: number, length: number) => void) {
    this.#onRecord = onRecord;
  }

  get beginning(): Buffer {
    return this.#beginning;
  }

  push(bytes: Buffer): void {
    if (this.#beginning.length < LONGEST_BEGINNING)
      this.#beginning = Buffer.concat([this.#beginning, bytes.subarray(0, LONGEST_BEGINNING - this.#beginning.length)]);
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const here = Math.min(this.#left, bytes.length - at);
        this.#left -= here;
        at += here;
        continue;
      }
      const wanted = RECORD_HEADER - this.#header.length;
      this.#header = Buffer.concat([this.#header, bytes.subarray(at, at + wanted)]);
      at += wanted;
      if (this.#header.length < RECORD_HEADER) return;
      this.#left = this.#header.readUInt16BE(3);
      this.#onRecord(this.#header[0] ?? 0, this.#left);
      this.#header = Buffer.alloc(0);
    }
  }
}

const clientFacts = (bytes: Buffer): HelloFacts | undefined => {
  const hello = parseClientHello(bytes);
  if (typeof hello === 'string') return undefined;
  const { versions, alpn, cipherSuites, groups, servername } = hello;
  return { versions, alpn, cipherSuites, groups, ...(servername !== undefined && { servername }) };
};

/** The version of the ServerHello, which is the server's first message, in one record as everybody sends it. */
const versionIn = (bytes: Buffer): string | undefined => {
  if (bytes[0] !== HANDSHAKE || bytes[RECORD_HEADER] !== SERVER_HELLO || bytes.length < RECORD_HEADER + 4)
    return undefined;
  const end = RECORD_HEADER + 4 + bytes.readUIntBE(RECORD_HEADER + 1, 3);
  return bytes.length < end ? undefined : serverHello(bytes.subarray(RECORD_HEADER + 4, end))?.version;
};

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const SERVER_HELLO = 2;
const RECORD_HEADER = 5;
/** Bytes of an encrypted record with an alert (19 in TLS 1.3), or with QUIT and its line end (23). */
const LONGEST_GOODBYE = 24;
const LONGEST_BEGINNING = 16 * 1024;
