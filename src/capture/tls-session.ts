import { parseClientHello, type ClientHelloFacts } from '../tls/client-hello.js';
import type { KeyLog } from '../tls/key-log.js';
import { certificatesIn } from '../tls/presented-chain.js';
import { nextSecret13, opening12, opening13, type RecordOpening } from '../tls/record-opening.js';
import { alertName, EXTENSION } from '../tls/registries.js';
import { serverHello } from '../tls/server-hello.js';
import type { ServerHelloAnswer } from '../tls/server-answer.js';
import { ByteQueue } from '../protocols/byte-queue.js';
import type { Party } from '../wire/entry.js';

/** What a TLS session gives as its records pass. */
export type TlsEvent =
  /** Decrypted. */
  | { readonly kind: 'data'; readonly from: Party; readonly bytes: Buffer }
  /** The handshake is over, as far as anybody can see. */
  | { readonly kind: 'completed' }
  /** close_notify. */
  | { readonly kind: 'closed'; readonly from: Party }
  /** What follows is no TLS. */
  | { readonly kind: 'text'; readonly from: Party; readonly bytes: Buffer };

/** What is known of a TLS session from outside, and by its keys where they are known. */
export interface TlsFacts {
  readonly hello?: ClientHelloFacts;
  readonly answer?: ServerHelloAnswer;
  readonly serverRandom?: Buffer;
  /** DER, as sent; absent where they are encrypted or not sent. */
  readonly certificates?: readonly Buffer[];
  readonly resumed: boolean;
  readonly completed: boolean;
  readonly alert?: { readonly from: Party; readonly name: string };
  /** The records could be opened: `none` without keys, `failed` with keys that do not fit, or once records were lost. */
  readonly decrypted: 'yes' | 'none' | 'failed' | 'unsupported';
  /** Octets of application data, decrypted or at most. */
  readonly applicationData: Readonly<Record<Party, number>>;
  /** Who said the first application data; unknown in TLS 1.3 without keys, where handshake messages look alike. */
  readonly firstData?: Party;
  /** Early data was sent, which is not read. */
  readonly earlyData: boolean;
}

interface Side {
  readonly records: ByteQueue;
  readonly messages: ByteQueue;
  opening: RecordOpening | undefined;
  secret: Buffer | undefined;
  /** Records are sealed from here on. */
  isSealed: boolean;
  isLost: boolean;
  isText: boolean;
  /** Application data in TLS 1.3: its traffic keys are in use. */
  isPastFinished: boolean;
  sealedRecords: number;
}

/** Follows both sides of one TLS session, record by record. Never throws; holds a record and a handshake message a side at most. */
export class TlsSession {
  readonly #keys: KeyLog;
  readonly #sides: Record<Party, Side> = { client: newSide(), server: newSide() };
  readonly #data: Record<Party, number> = { client: 0, server: 0 };
  #hello: ClientHelloFacts | undefined;
  #firstFlight: Buffer | undefined = Buffer.alloc(0);
  #answer: ServerHelloAnswer | undefined;
  #serverRandom: Buffer | undefined;
  #certificates: readonly Buffer[] | undefined;
  #alert: TlsFacts['alert'];
  #completed = false;
  #decrypted: TlsFacts['decrypted'] = 'none';
  #firstData: Party | undefined;
  #events: TlsEvent[] = [];

  constructor(keys: KeyLog) {
    this.#keys = keys;
  }

  get facts(): TlsFacts {
    const hello = this.#hello;
    const answer = this.#answer;
    const resumed = this.#isResumed();
    return {
      ...(hello && { hello }),
      ...(answer && { answer }),
      ...(this.#serverRandom && { serverRandom: this.#serverRandom }),
      ...(this.#certificates && { certificates: this.#certificates }),
      ...(this.#alert && { alert: this.#alert }),
      ...(this.#firstData && { firstData: this.#firstData }),
      resumed,
      completed: this.#completed,
      decrypted: this.#decrypted,
      applicationData: this.#data,
      earlyData: hello?.offersEarlyData === true,
    };
  }

  /** A ServerHello was seen: the other side speaks TLS too. */
  get isAnswered(): boolean {
    return this.#answer !== undefined;
  }

  /** Takes the next bytes of one side. */
  push(from: Party, bytes: Buffer): TlsEvent[] {
    this.#events = [];
    const side = this.#sides[from];
    if (side.isText) return [{ kind: 'text', from, bytes }];
    if (side.isLost) return [];
    if (from === 'client') this.#readHello(bytes);
    side.records.append(bytes);
    this.#readRecords(from, side);
    return this.#events;
  }

  /** Bytes of one side were not captured: its records cannot be told apart or opened any more. */
  lose(from: Party): void {
    const side = this.#sides[from];
    side.isLost = true;
    side.records.take(side.records.length);
    if (this.#decrypted === 'yes') this.#decrypted = 'failed';
  }

  #readHello(bytes: Buffer): void {
    if (this.#firstFlight === undefined) return;
    this.#firstFlight = Buffer.concat([this.#firstFlight, bytes]);
    const hello = parseClientHello(this.#firstFlight);
    if (hello === 'incomplete') return;
    this.#firstFlight = undefined;
    if (hello !== 'not-tls') this.#hello = hello;
  }

  #readRecords(from: Party, side: Side): void {
    while (side.records.length > 0 && !side.isLost) {
      const header = side.records.view(0, RECORD_HEADER);
      if (!mayBeRecord(header)) {
        // A hello in SSLv2 form is no record; what follows it is.
        if (from === 'client' && this.#answer === undefined && (header[0] ?? 0) >= 0x80) {
          const length = RECORD_HEADER <= header.length ? (header.readUInt16BE(0) & 0x7fff) + 2 : Infinity;
          if (side.records.length < length) return;
          side.records.take(length);
          continue;
        }
        side.isText = true;
        this.#events.push({ kind: 'text', from, bytes: side.records.take(side.records.length) });
        return;
      }
      if (header.length < RECORD_HEADER) return;
      const length = RECORD_HEADER + header.readUInt16BE(3);
      if (side.records.length < length) return;
      this.#record(from, side, side.records.take(length));
    }
  }

  #record(from: Party, side: Side, record: Buffer): void {
    const [type] = record;
    if (type === CHANGE_CIPHER_SPEC) {
      // In TLS 1.3 it means nothing (RFC 8446 §5).
      if (!this.#is13) this.#seal(from, side);
      return;
    }
    const isSealed = this.#is13 ? type === APPLICATION_DATA : side.isSealed;
    if (!isSealed) {
      // Early data, before the ServerHello; nothing else is sent so.
      if (type === APPLICATION_DATA) return;
      this.#contents(from, side, type, record.subarray(RECORD_HEADER));
      return;
    }
    side.sealedRecords += 1;
    if (this.#is13) this.#begin13(from, side);
    const opened = side.opening?.(record);
    if (opened !== undefined) {
      this.#decrypted = 'yes';
      this.#contents(from, side, opened.type, opened.contents);
      return;
    }
    // Early data is sealed with keys of its own, and stands before the client's Finished.
    if (this.#is13 && from === 'client' && this.#hello?.offersEarlyData === true && !side.isPastFinished) return;
    if (side.opening !== undefined) {
      side.opening = undefined;
      this.#decrypted = 'failed';
    }
    this.#sealed(from, side, type, record.length - RECORD_HEADER);
  }

  /** What a record that cannot be opened still shows. */
  #sealed(from: Party, side: Side, type: number | undefined, length: number): void {
    if (this.#is13) {
      // An alert is shorter than any Finished.
      if (from === 'client' && side.sealedRecords === 1 && length < LEAST_FINISHED) {
        this.#alert ??= { from, name: 'an encrypted alert' };
        return;
      }
      if (from === 'client' && this.#sides.server.sealedRecords > 0) this.#complete();
      if (side.sealedRecords > 1) this.#data[from] += length;
      return;
    }
    if (type === APPLICATION_DATA) {
      this.#complete();
      this.#firstData ??= from;
      this.#data[from] += Math.max(0, length - SEAL);
    } else if (type === ALERT) {
      if (!this.#completed) this.#alert ??= { from, name: 'an encrypted alert' };
    } else if (this.#sides.client.sealedRecords > 0 && this.#sides.server.sealedRecords > 0 && !this.#completed) {
      // Both have sent their Finished.
      this.#complete();
    }
  }

  #contents(from: Party, side: Side, type: number | undefined, contents: Buffer): void {
    switch (type) {
      case HANDSHAKE:
        if (side.messages.length + contents.length > LARGEST_MESSAGE) side.messages.take(side.messages.length);
        side.messages.append(contents);
        this.#readMessages(from, side);
        return;
      case ALERT: {
        const [, description] = contents;
        if (description === undefined) return;
        if (description === 0) this.#events.push({ kind: 'closed', from });
        else if (contents[0] === FATAL || !this.#completed) this.#alert ??= { from, name: alertName(description) };
        return;
      }
      case APPLICATION_DATA:
        this.#complete();
        if (contents.length === 0) return;
        this.#firstData ??= from;
        this.#data[from] += contents.length;
        this.#events.push({ kind: 'data', from, bytes: contents });
        return;
      default:
    }
  }

  #readMessages(from: Party, side: Side): void {
    while (side.messages.length >= MESSAGE_HEADER) {
      const length = MESSAGE_HEADER + side.messages.view(0, MESSAGE_HEADER).readUIntBE(1, 3);
      if (length > LARGEST_MESSAGE) side.messages.take(side.messages.length);
      if (side.messages.length < length) return;
      const message = side.messages.take(length);
      this.#message(from, side, message[0], message.subarray(MESSAGE_HEADER));
    }
  }

  #message(from: Party, side: Side, type: number | undefined, body: Buffer): void {
    switch (type) {
      case SERVER_HELLO:
        if (from === 'server') this.#readAnswer(body);
        return;
      case CERTIFICATE:
        if (from === 'server' && this.#certificates === undefined)
          this.#certificates = certificatesIn(body, this.#is13);
        return;
      case FINISHED:
        this.#finished(from, side);
        return;
      case KEY_UPDATE:
        if (this.#is13 && side.secret !== undefined && this.#answer !== undefined) {
          side.secret = nextSecret13(this.#answer.cipherSuite, side.secret);
          side.opening = opening13(this.#answer.cipherSuite, side.secret);
        }
        return;
      default:
    }
  }

  #readAnswer(body: Buffer): void {
    const answer = serverHello(body);
    // A HelloRetryRequest is answered with another hello of the same random octets.
    if (answer === undefined || answer.helloRetryRequest !== undefined) return;
    this.#answer = answer;
    this.#serverRandom = Buffer.from(body.subarray(2, 34));
    if (this.#hello !== undefined && this.#keys.knows(this.#hello.random) && !this.#isReadable(answer))
      this.#decrypted = 'unsupported';
  }

  #isReadable({ cipherSuite, version }: ServerHelloAnswer): boolean {
    const zeros = Buffer.alloc(48);
    if (version === 'TLSv1.3') return opening13(cipherSuite, zeros) !== undefined;
    const secret = { suite: cipherSuite, master: zeros, clientRandom: zeros, serverRandom: zeros };
    return version === 'TLSv1.2' && opening12('client', secret) !== undefined;
  }

  #finished(from: Party, side: Side): void {
    side.isPastFinished = true;
    const other = this.#sides[from === 'client' ? 'server' : 'client'];
    if (other.isPastFinished) this.#complete();
    if (!this.#is13 || this.#answer === undefined || this.#hello === undefined) return;
    const label = from === 'client' ? 'CLIENT_TRAFFIC_SECRET_0' : 'SERVER_TRAFFIC_SECRET_0';
    side.secret = this.#keys.secret(this.#hello.random, label);
    side.opening = side.secret && opening13(this.#answer.cipherSuite, side.secret);
  }

  #begin13(from: Party, side: Side): void {
    if (side.opening !== undefined || side.isPastFinished || this.#hello === undefined || this.#answer === undefined)
      return;
    if (side.sealedRecords > 1 && this.#decrypted !== 'none') return;
    const label = from === 'client' ? 'CLIENT_HANDSHAKE_TRAFFIC_SECRET' : 'SERVER_HANDSHAKE_TRAFFIC_SECRET';
    const secret = this.#keys.secret(this.#hello.random, label);
    side.opening = secret && opening13(this.#answer.cipherSuite, secret);
  }

  /** ChangeCipherSpec of TLS 1.2 and older. */
  #seal(from: Party, side: Side): void {
    side.isSealed = true;
    const master = this.#hello && this.#keys.secret(this.#hello.random, 'CLIENT_RANDOM');
    if (master === undefined || this.#hello === undefined || this.#answer?.version !== 'TLSv1.2') return;
    if (this.#serverRandom === undefined) return;
    side.opening = opening12(from, {
      suite: this.#answer.cipherSuite,
      master,
      clientRandom: this.#hello.random,
      serverRandom: this.#serverRandom,
    });
  }

  #complete(): void {
    if (this.#completed) return;
    this.#completed = true;
    this.#events.push({ kind: 'completed' });
  }

  #isResumed(): boolean {
    if (this.#answer === undefined) return false;
    if (this.#is13) return this.#answer.extensions.includes(EXTENSION.preSharedKey);
    return this.#completed && this.#certificates === undefined && this.#sides.server.isSealed;
  }

  get #is13(): boolean {
    return this.#answer?.version === 'TLSv1.3';
  }
}

const newSide = (): Side => ({
  records: new ByteQueue(),
  messages: new ByteQueue(),
  opening: undefined,
  secret: undefined,
  isSealed: false,
  isLost: false,
  isText: false,
  isPastFinished: false,
  sealedRecords: 0,
});

/** change_cipher_spec (20) to heartbeat (24), any version from SSLv3 to TLS 1.3; also the beginning of a header. */
const mayBeRecord = (bytes: Buffer): boolean => {
  const [type = 20, major = 3, minor = 0] = bytes;
  return type >= 20 && type <= 24 && major === 3 && minor <= 4;
};

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const FINISHED = 20;
const KEY_UPDATE = 24;
const FATAL = 2;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
const LARGEST_MESSAGE = 256 * 1024;
/** Octets that a sealed record has besides its contents at least: an explicit nonce and a tag. */
const SEAL = 24;
/** Octets of a sealed record of TLS 1.3 that may be a Finished: its header, 32 octets, a type and a tag. */
const LEAST_FINISHED = 4 + 32 + 1 + 8;
