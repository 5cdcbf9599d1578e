import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import {
  AUTHENTIC_DATA,
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  type Answer,
  type Packet,
  type Question,
} from 'dns-packet';
import { Fault } from '../../fault.js';

export interface NameServerOptions {
  readonly address: string;
  /** 0 for any free port, the same for UDP and TCP. */
  readonly port: number;
  /** The records that answer a question; undefined if there is no such name. */
  readonly records: (question: Question) => Answer[] | undefined;
  /** It says that it validated its answers by DNSSEC (AD), as a resolver does. */
  readonly isValidated?: true;
}

/** A DNS server on one address, by UDP and TCP, that remembers what it was asked; what is no question, it does not answer. */
export class NameServer implements AsyncDisposable {
  /** Type and name of each question, in order, each once: `SRV _imaps._tcp.lab.test`. */
  readonly asked = new Set<string>();
  readonly #options: NameServerOptions;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #open = new Set<Socket>();

  private constructor(options: NameServerOptions, udp: UdpSocket, tcp: Server) {
    this.#options = options;
    this.#udp = udp;
    this.#tcp = tcp;
    udp.on('error', () => undefined);
    udp.on('message', (packet, from) => {
      const reply = this.#reply(packet);
      if (reply !== undefined) udp.send(reply, from.port, from.address, () => undefined);
    });
    tcp.on('connection', (socket) => {
      this.#serve(socket);
    });
  }

  /** Throws `CANNOT_BIND` where the port is taken. */
  static async open(options: NameServerOptions): Promise<NameServer> {
    const { address } = options;
    for (let attempt = 1; ; attempt += 1) {
      const udp = createSocket('udp4');
      const tcp = createServer();
      try {
        udp.bind(options.port, address);
        await once(udp, 'listening');
        tcp.listen(udp.address().port, address);
        await once(tcp, 'listening');
        return new NameServer(options, udp, tcp);
      } catch (error) {
        udp.close();
        // A port that was free for UDP may be taken for TCP.
        if (options.port === 0 && attempt < MOST_ATTEMPTS) continue;
        const where = `${address}, port ${String(options.port)}`;
        const reason = error instanceof Error ? error.message : String(error);
        throw new Fault('CANNOT_BIND', `no DNS server can listen on ${where}: ${reason}`);
      }
    }
  }

  get port(): number {
    return this.#udp.address().port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => {
        this.#udp.close(resolve);
      }),
      new Promise<void>((resolve) => {
        this.#tcp.close(() => {
          resolve();
        });
      }),
    ]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #serve(socket: Socket): void {
    this.#open.add(socket);
    let came = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#open.delete(socket));
    socket.on('data', (bytes: Buffer) => {
      came = Buffer.concat([came, bytes]);
      for (let length = lengthOf(came); length !== undefined; length = lengthOf(came)) {
        const reply = this.#reply(came.subarray(2, 2 + length));
        came = came.subarray(2 + length);
        if (reply === undefined) {
          socket.destroy();
          return;
        }
        const head = Buffer.alloc(2);
        head.writeUInt16BE(reply.length);
        socket.write(Buffer.concat([head, reply]));
      }
    });
  }

  #reply(packet: Buffer): Buffer | undefined {
    const query = questionIn(packet);
    const [question] = query?.questions ?? [];
    if (query === undefined || question === undefined) return undefined;
    if (this.asked.size < MOST_ASKED) this.asked.add(`${question.type} ${question.name.toLowerCase()}`);
    const answers = this.#options.records(question);
    return encode({
      type: 'response',
      ...(query.id !== undefined && { id: query.id }),
      flags:
        AUTHORITATIVE_ANSWER |
        RECURSION_AVAILABLE |
        (this.#options.isValidated === true ? AUTHENTIC_DATA : 0) |
        ((query.flags ?? 0) & RECURSION_DESIRED) |
        (answers === undefined ? NO_SUCH_NAME : 0),
      questions: [question],
      answers: answers ?? [],
    });
  }
}

/** Octets of the first message of a stream (RFC 1035 §4.2.2); undefined as long as it is not whole. */
const lengthOf = (came: Buffer): number | undefined => {
  const length = came.length < 2 ? undefined : came.readUInt16BE(0);
  return length === undefined || came.length < 2 + length ? undefined : length;
};

/** Undefined for anything that is no query. */
const questionIn = (packet: Buffer): Packet | undefined => {
  try {
    const query = decode(packet);
    return query.type === 'query' ? query : undefined;
  } catch {
    return undefined;
  }
};

const NO_SUCH_NAME = 3;
const MOST_ATTEMPTS = 20;
/** Questions that are remembered. */
const MOST_ASKED = 1000;
