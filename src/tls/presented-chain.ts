import { ByteReader } from './byte-reader.js';
import { opening13, type RecordOpening } from './record-opening.js';
import { serverHello } from './server-hello.js';

/**
 * Reads what a server presents in its handshake, from its records as they came: in clear up to TLS 1.2; of TLS 1.3, which
 * encrypts it, with the handshake secret of our own side. A library's view of a chain is sorted, linked and cut short; this is not.
 * Never throws; memory and work are bounded by 256 KiB.
 */
export class PresentedChain {
  #records: Buffer = Buffer.alloc(0);
  #messages: Buffer = Buffer.alloc(0);
  #received = 0;
  #suite: number | undefined;
  #isEncrypted = false;
  #decryption: RecordOpening | undefined;
  #isOver = false;
  #certificates: readonly Buffer[] | undefined;
  #asksForCertificate = false;

  /** DER, in the order of the Certificate message; undefined while none was read. */
  get certificates(): readonly Buffer[] | undefined {
    return this.#certificates;
  }

  /** A CertificateRequest was sent. */
  get asksForCertificate(): boolean {
    return this.#asksForCertificate;
  }

  /** Takes the next bytes from the server. */
  push(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#received += bytes.length;
    if (this.#received > MOST_RECEIVED) {
      this.#end();
      return;
    }
    this.#records = Buffer.concat([this.#records, bytes]);
    this.#readRecords();
  }

  /** Takes a line in the format of SSLKEYLOGFILE, as Node's event `keylog` tells it; other secrets are passed over. */
  keylog(line: Buffer): void {
    const [label, , secret] = line.toString('latin1').trim().split(' ');
    const suite = this.#suite;
    if (label !== 'SERVER_HANDSHAKE_TRAFFIC_SECRET' || secret === undefined || suite === undefined) return;
    this.#decryption ??= opening13(suite, Buffer.from(secret, 'hex'));
    this.#readRecords();
  }

  #end(): void {
    this.#isOver = true;
    this.#records = Buffer.alloc(0);
    this.#messages = Buffer.alloc(0);
    this.#decryption = undefined;
  }

  #readRecords(): void {
    while (!this.#isOver && this.#records.length >= RECORD_HEADER) {
      const length = this.#records.readUInt16BE(3);
      if (this.#records.length < RECORD_HEADER + length) return;
      const record = this.#records.subarray(0, RECORD_HEADER + length);
      const isSealed = record[0] === APPLICATION_DATA;
      // The secret is told while our own library reads the ServerHello: these records wait for it.
      if (isSealed && this.#isEncrypted && this.#decryption === undefined) return;
      const fragment = isSealed ? this.#decryption?.(record) : { type: record[0], contents: record.subarray(5) };
      this.#records = this.#records.subarray(RECORD_HEADER + length);
      if (fragment?.type === CHANGE_CIPHER_SPEC && this.#isEncrypted) continue;
      if (fragment?.type !== HANDSHAKE) this.#end();
      else this.#readMessages(fragment.contents);
    }
  }

  #readMessages(fragment: Buffer): void {
    this.#messages = Buffer.concat([this.#messages, fragment]);
    while (!this.#isOver && this.#messages.length >= MESSAGE_HEADER) {
      const length = this.#messages.readUIntBE(1, 3);
      if (this.#messages.length < MESSAGE_HEADER + length) return;
      // Copied: certificates outlive the handshake.
      const body = Buffer.from(this.#messages.subarray(MESSAGE_HEADER, MESSAGE_HEADER + length));
      const type = this.#messages[0];
      this.#messages = this.#messages.subarray(MESSAGE_HEADER + length);
      this.#read(type, body);
    }
  }

  #read(type: number | undefined, body: Buffer): void {
    switch (type) {
      case SERVER_HELLO: {
        const hello = serverHello(body);
        this.#suite = hello?.cipherSuite;
        this.#isEncrypted = hello?.version === 'TLSv1.3';
        return;
      }
      case CERTIFICATE_REQUEST:
        this.#asksForCertificate = true;
        return;
      case CERTIFICATE:
        this.#certificates = certificatesIn(body, this.#isEncrypted);
        if (this.#isEncrypted) this.#end();
        return;
      case SERVER_HELLO_DONE:
      case FINISHED:
        this.#end();
        return;
      default:
    }
  }
}

/** The certificates of a Certificate message (RFC 5246 §7.4.2); RFC 8446 §4.4.2 puts a context before the list and extensions behind each. */
export const certificatesIn = (body: Buffer, isTls13: boolean): readonly Buffer[] | undefined => {
  const reader = new ByteReader(body);
  if (isTls13) reader.vector(1);
  const list = reader.within(3);
  const found: Buffer[] = [];
  while (list.remaining > 0) {
    const certificate = list.vector(3);
    if (isTls13) list.vector(2);
    if (!list.failed) found.push(certificate);
  }
  return list.failed ? undefined : found;
};

const HANDSHAKE = 22;
const CHANGE_CIPHER_SPEC = 20;
const APPLICATION_DATA = 23;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const CERTIFICATE_REQUEST = 13;
const SERVER_HELLO_DONE = 14;
const FINISHED = 20;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
const MOST_RECEIVED = 256 * 1024;
