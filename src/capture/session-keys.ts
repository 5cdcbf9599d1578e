import type { ClientHelloFacts } from '../tls/client-hello.js';
import type { KeyBlockVersion } from '../tls/key-block.js';
import type { KeyLog } from '../tls/key-log.js';
import { nextSecret13, opening12, opening13, type RecordOpening } from '../tls/record-opening.js';
import type { ServerHelloAnswer } from '../tls/server-answer.js';
import type { Party } from '../wire/entry.js';

/** What the records of one session are opened with, as far as its hellos and the key log tell. */
export class SessionKeys {
  readonly #log: KeyLog;
  #random: Buffer | undefined;
  #serverRandom: Buffer | undefined;
  #answer: ServerHelloAnswer | undefined;

  constructor(log: KeyLog) {
    this.#log = log;
  }

  /** The client’s hello. */
  hello({ random }: ClientHelloFacts): void {
    this.#random = random;
  }

  /** A ServerHello, and its body. */
  answer(answer: ServerHelloAnswer, body: Buffer): void {
    this.#answer = answer;
    this.#serverRandom = Buffer.from(body.subarray(RANDOM_START, RANDOM_END));
  }

  get serverRandom(): Buffer | undefined {
    return this.#serverRandom;
  }

  /** Something is known of this session. */
  get areKnown(): boolean {
    return this.#random !== undefined && this.#log.knows(this.#random);
  }

  /** Records of this version and suite can be opened, given the keys. */
  get areOfUse(): boolean {
    const zeros = Buffer.alloc(48);
    if (this.#answer?.version === 'TLSv1.3') return opening13(this.#answer.cipherSuite, zeros) !== undefined;
    return this.#opening12('client', zeros) !== undefined;
  }

  /** TLS 1.2 and older. */
  opening(from: Party): RecordOpening | undefined {
    const master = this.#random && this.#log.secret(this.#random, 'CLIENT_RANDOM');
    return master && this.#opening12(from, master);
  }

  /** TLS 1.3: the secret of one side for the handshake, or for what follows it. */
  secret13(from: Party, phase: 'handshake' | 'application'): Buffer | undefined {
    return this.#random && this.#log.secret(this.#random, LABELS[from][phase]);
  }

  /** TLS 1.3. */
  opening13(secret: Buffer | undefined): RecordOpening | undefined {
    return secret && this.#answer && opening13(this.#answer.cipherSuite, secret);
  }

  /** TLS 1.3: the secret after a KeyUpdate. */
  updated(secret: Buffer): Buffer {
    return this.#answer === undefined ? secret : nextSecret13(this.#answer.cipherSuite, secret);
  }

  #opening12(from: Party, master: Buffer): RecordOpening | undefined {
    const { version = '', cipherSuite = 0, encryptThenMac = false } = this.#answer ?? {};
    const [clientRandom, serverRandom] = [this.#random, this.#serverRandom];
    if (!isKeyBlockVersion(version) || clientRandom === undefined || serverRandom === undefined) return undefined;
    return opening12(from, { version, suite: cipherSuite, master, clientRandom, serverRandom, encryptThenMac });
  }
}

const isKeyBlockVersion = (version: string): version is KeyBlockVersion =>
  version === 'TLSv1' || version === 'TLSv1.1' || version === 'TLSv1.2';

const LABELS = {
  client: { handshake: 'CLIENT_HANDSHAKE_TRAFFIC_SECRET', application: 'CLIENT_TRAFFIC_SECRET_0' },
  server: { handshake: 'SERVER_HANDSHAKE_TRAFFIC_SECRET', application: 'SERVER_TRAFFIC_SECRET_0' },
} as const;
/** Octets of both hellos’ bodies. */
const RANDOM_START = 2;
const RANDOM_END = 34;
