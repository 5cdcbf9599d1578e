import { parseClientHello, type ClientHelloFacts } from '../tls/client-hello.js';
import type { KeyLog } from '../tls/key-log.js';
import { certificatesIn } from '../tls/presented-chain.js';
import type { RecordOpening } from '../tls/record-opening.js';
import { alertName, EXTENSION } from '../tls/registries.js';
import { serverHello } from '../tls/server-hello.js';
import type { ServerHelloAnswer } from '../tls/server-answer.js';
import { ByteQueue } from '../protocols/byte-queue.js';
import type { Party } from '../wire/entry.js';
import { EarlyData, type EarlyDataFate } from './early-data.js';
import { SessionKeys } from './session-keys.js';

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
  /** Who said the first application data; unknown in TLS 1.3 without keys of both sides, where handshake messages look alike. */
  readonly firstData?: Party;
  /** Absent where none was seen. */
  readonly earlyData?: EarlyDataFate;
}

interface Side {
  readonly records: ByteQueue;
  readonly messages: ByteQueue;
  opening: RecordOpening | undefined;
  secret: Buffer | undefined;
  /** Records are sealed from here on. */
  isSealed: boolean;
  hasOpened: boolean;
  isLost: boolean;
  isText: boolean;
  /** Application data in TLS 1.3: its traffic keys are in use. */
  isPastFinished: boolean;
  sealedRecords: number;
}

/** Follows both sides of one TLS session, record by record. Never throws; holds a record and a handshake message a side at most. */
export class TlsSession {
  readonly #keys: SessionKeys;
  readonly #sides: Record<Party, Side> = { client: newSide(), server: newSide() };
  readonly #data: Record<Party, number> = { client: 0, server: 0 };
  readonly #earlyData: EarlyData;
  #hello: ClientHelloFacts | undefined;
  #firstFlight: Buffer | undefined = Buffer.alloc(0);
  #answer: ServerHelloAnswer | undefined;
  #certificates: readonly Buffer[] | undefined;
  #alert: TlsFacts['alert'];
  #completed = false;
  #decrypted: TlsFacts['decrypted'] = 'none';
  /** A sealed record stayed closed. */
  #isPartlyClosed = false;
  #firstData: Party | undefined;
  #events: TlsEvent[] = [];

  constructor(keys: KeyLog) {
    this.#keys = new SessionKeys(keys);
    this.#earlyData = new EarlyData(keys);
  }

  get facts(): TlsFacts {
    const hello = this.#hello;
    const answer = this.#answer;
    const resumed = this.#isResumed();
    const earlyData = this.#earlyData.fate;
    const { serverRandom } = this.#keys;
    const isPartly = this.#isPartlyClosed || this.#earlyData.isMissing(this.#sides.client.hasOpened);
    // What only one side said tells nothing of the other.
    const decrypted = this.#decrypted === 'yes' && isPartly ? 'failed' : this.#decrypted;
    return {
      ...(hello && { hello }),
      ...(answer && { answer }),
      ...(serverRandom && { serverRandom }),
      ...(this.#certificates && { certificates: this.#certificates }),
      ...(this.#alert && { alert: this.#alert }),
      ...(this.#firstData && (!this.#is13 || decrypted === 'yes') && { firstData: this.#firstData }),
      resumed,
      completed: this.#completed,
      decrypted,
      applicationData: this.#data,
      ...(earlyData && { earlyData }),
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
    if (hello === 'not-tls') return;
    this.#hello = hello;
    this.#keys.hello(hello);
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
      const isBeforeEarlyData = this.#answer === undefined && this.#hello?.offersEarlyData === true;
      if (!this.#is13 && !isBeforeEarlyData) this.#seal(from, side);
      return;
    }
    const isSealed = this.#is13 ? type === APPLICATION_DATA : side.isSealed;
    if (!isSealed) {
      // Early data, before the ServerHello; nothing else is sent so.
      if (type === APPLICATION_DATA) {
        if (from === 'client') this.#early(record);
        return;
      }
      this.#contents(from, side, type, record.subarray(RECORD_HEADER));
      return;
    }
    side.sealedRecords += 1;
    if (this.#is13) this.#begin13(from, side);
    const opened = side.opening?.(record);
    if (opened !== undefined) {
      this.#decrypted = 'yes';
      side.hasOpened = true;
      this.#contents(from, side, opened.type, opened.contents);
      return;
    }
    // Early data is sealed with keys of its own, and stands before the client's Finished.
    if (from === 'client' && this.#mayBeEarly(side) && this.#early(record)) return;
    if (side.opening !== undefined || (this.#decrypted === 'none' && this.#keys.areKnown)) this.#decrypted = 'failed';
    side.opening = undefined;
    this.#isPartlyClosed = true;
    this.#sealed(from, side, type, record.length - RECORD_HEADER);
  }

  /** The client's Finished is still to come, and may be seen. */
  #mayBeEarly(client: Side): boolean {
    return (
      this.#is13 && this.#hello?.offersEarlyData === true && client.opening !== undefined && !client.isPastFinished
    );
  }

  /** Takes a record that the client may have sent early; false where the session offers none. */
  #early(record: Buffer): boolean {
    if (this.#hello?.offersEarlyData !== true) return false;
    if (!this.#earlyData.push(record, this.#hello)) this.#earlyData.missed();
    if (this.#completed) this.#giveEarly();
    return true;
  }

  #giveEarly(): void {
    for (const bytes of this.#earlyData.due()) {
      this.#firstData ??= 'client';
      this.#data.client += bytes.length;
      if (bytes.length > 0) this.#events.push({ kind: 'data', from: 'client', bytes });
    }
  }

  /** What a record that cannot be opened still shows. */
  #sealed(from: Party, side: Side, type: number | undefined, length: number): void {
    if (this.#is13) {
      // An alert is shorter than any Finished.
      const isEarly = this.#hello?.offersEarlyData === true;
      if (from === 'client' && side.sealedRecords === 1 && length < LEAST_FINISHED && !isEarly) {
        this.#alert ??= { from, name: 'an encrypted alert' };
        return;
      }
      if (from === 'client' && this.#sides.server.sealedRecords > 0) this.#complete();
      if (side.sealedRecords > 1) this.#data[from] += Math.max(0, length - SEAL_13);
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
      case ENCRYPTED_EXTENSIONS:
        if (from === 'server' && this.#is13) this.#earlyData.answered(body);
        return;
      case CERTIFICATE:
        if (from === 'server' && this.#certificates === undefined)
          this.#certificates = certificatesIn(body, this.#is13);
        return;
      case FINISHED:
        this.#finished(from, side);
        return;
      case KEY_UPDATE:
        if (this.#is13 && side.secret !== undefined) {
          side.secret = this.#keys.updated(side.secret);
          side.opening = this.#keys.opening13(side.secret);
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
    this.#keys.answer(answer, body);
    // Without the key of the last session, or in an older version, the server cannot read it.
    if (!answer.extensions.includes(EXTENSION.preSharedKey)) this.#earlyData.refuse();
    if (this.#keys.areKnown && !this.#keys.areOfUse) this.#decrypted = 'unsupported';
  }

  #finished(from: Party, side: Side): void {
    side.isPastFinished = true;
    const other = this.#sides[from === 'client' ? 'server' : 'client'];
    if (other.isPastFinished) this.#complete();
    if (!this.#is13) return;
    side.secret = this.#keys.secret13(from, 'application');
    side.opening = this.#keys.opening13(side.secret);
  }

  #begin13(from: Party, side: Side): void {
    if (side.opening !== undefined || side.isPastFinished) return;
    if (side.sealedRecords > 1 && this.#decrypted !== 'none') return;
    side.opening = this.#keys.opening13(this.#keys.secret13(from, 'handshake'));
  }

  /** ChangeCipherSpec of TLS 1.2 and older. */
  #seal(from: Party, side: Side): void {
    side.isSealed = true;
    side.opening = this.#keys.opening(from);
  }

  #complete(): void {
    if (this.#completed) return;
    this.#completed = true;
    this.#events.push({ kind: 'completed' });
    this.#giveEarly();
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
  hasOpened: false,
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
const ENCRYPTED_EXTENSIONS = 8;
const CERTIFICATE = 11;
const FINISHED = 20;
const KEY_UPDATE = 24;
const FATAL = 2;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
const LARGEST_MESSAGE = 256 * 1024;
/** Octets that a sealed record has besides its contents at least: an explicit nonce and a tag. */
const SEAL = 24;
/** The same of TLS 1.3: the true type and a tag. */
const SEAL_13 = 17;
/** Octets of a sealed record of TLS 1.3 that may be a Finished: its header, 32 octets, a type and a tag. */
const LEAST_FINISHED = 4 + 32 + 1 + 8;
