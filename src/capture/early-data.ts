import { ByteReader } from '../tls/byte-reader.js';
import type { ClientHelloFacts } from '../tls/client-hello.js';
import { cipherSuite } from '../tls/cipher-suites.js';
import type { KeyLog } from '../tls/key-log.js';
import { opening13, type RecordOpening } from '../tls/record-opening.js';
import { EXTENSION } from '../tls/registries.js';

/** What became of the early data that a client sent: `refused` by the server, which then never read it. */
export type EarlyDataFate = 'read' | 'unread' | 'refused';

/**
 * Early data of TLS 1.3 (RFC 8446 §2.3): what a client says under a key of its last session, right behind its hello. It is held until
 * the server has taken it, which is known before anything else is said.
 */
export class EarlyData {
  readonly #keys: KeyLog;
  #opening: RecordOpening | undefined;
  #held: Buffer[] = [];
  #size = 0;
  #sent = false;
  #unread = false;
  #fate: 'unknown' | 'taken' | 'refused' = 'unknown';

  constructor(keys: KeyLog) {
    this.#keys = keys;
  }

  /** Absent where none was seen. */
  get fate(): EarlyDataFate | undefined {
    if (!this.#sent) return undefined;
    if (this.#fate === 'refused') return 'refused';
    return this.#unread || this.#fate === 'unknown' ? 'unread' : 'read';
  }

  /** The server took what cannot be read; or none of the client’s records was, and some may be something else than early data. */
  isMissing(hasOpenedOther: boolean): boolean {
    return this.#unread && (this.#fate === 'taken' || !hasOpenedOther);
  }

  /** Takes a record that stands before the client’s Finished; false where it is none of early data, as far as the keys tell. */
  push(record: Buffer, hello: ClientHelloFacts): boolean {
    this.#opening ??= this.#openingOf(record, hello);
    const opened = this.#opening?.(record);
    if (opened === undefined) return false;
    this.#sent = true;
    if (opened.type === APPLICATION_DATA) {
      this.#size += opened.contents.length;
      if (this.#size > MOST_HELD) this.#unread = true;
      else if (this.#fate !== 'refused') this.#held.push(opened.contents);
    } else if (opened.type === HANDSHAKE && opened.contents[0] === END_OF_EARLY_DATA) this.#fate = 'taken';
    return true;
  }

  /** A record that no key opens is early data, or hides what is. */
  missed(): void {
    this.#sent = true;
    this.#unread = true;
  }

  /** The server’s EncryptedExtensions say whether it takes it (RFC 8446 §4.2.10). */
  answered(body: Buffer): void {
    const reader = new ByteReader(body).within(2);
    let isTaken = false;
    while (reader.remaining > 0) {
      if (reader.number(2) === EXTENSION.earlyData) isTaken = true;
      reader.vector(2);
    }
    if (isTaken) this.#fate = 'taken';
    else this.refuse();
  }

  /** The client says it again, as it would have without: what was sent early reached nobody. */
  refuse(): void {
    if (this.#fate === 'unknown') this.#fate = 'refused';
    this.#held = [];
  }

  /** What was taken and not given out yet, in order. */
  due(): Buffer[] {
    if (this.#fate !== 'taken') return [];
    const held = this.#held;
    this.#held = [];
    this.#size = 0;
    return held;
  }

  /** The suite is that of the last session: one of those that the client offers. */
  #openingOf(record: Buffer, { cipherSuites, random }: ClientHelloFacts): RecordOpening | undefined {
    const secret = this.#keys.secret(random, 'CLIENT_EARLY_TRAFFIC_SECRET');
    if (secret === undefined) return undefined;
    for (const suite of cipherSuites)
      if (cipherSuite(suite).classes.has('tls13') && opening13(suite, secret)?.(record) !== undefined)
        return opening13(suite, secret);
    return undefined;
  }
}

const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const END_OF_EARLY_DATA = 5;
/** Octets that wait for the server; OpenSSL takes 16 KiB by default. */
const MOST_HELD = 1024 * 1024;
