import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { getServers } from 'node:dns';
import { connect } from 'node:net';
import {
  AUTHENTIC_DATA,
  decode,
  DNSSEC_OK,
  encode,
  RECURSION_DESIRED,
  type Answer,
  type DecodedPacket,
} from 'dns-packet';
import { Fault } from '../fault.js';
import { endpointOf, type DnsEndpoint } from './endpoint.js';
import type { DnsRecord } from './record.js';

type RecordType = DnsRecord['type'];

/** What a resolver answered. */
export interface DnsReply {
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL` … */
  readonly code: string;
  /** Records of other types, such as signatures, are left out. */
  readonly answers: readonly DnsRecord[];
  /** The resolver says that it validated the answer by DNSSEC (AD, RFC 4035 §3.2.3). */
  readonly isValidated: boolean;
}

/** What the package decoded, without what no check reads. */
const recordOf = (answer: Answer): readonly DnsRecord[] => {
  const { name } = answer;
  switch (answer.type) {
    case 'A':
    case 'AAAA':
    case 'CNAME':
      return [{ type: answer.type, name, data: answer.data }];
    case 'MX':
      return [{ type: 'MX', name, data: { preference: answer.data.preference ?? 0, exchange: answer.data.exchange } }];
    case 'SRV':
      return [{ type: 'SRV', name, data: { target: answer.data.target, port: answer.data.port } }];
    case 'TXT':
      return [{ type: 'TXT', name, data: [answer.data].flat().map(String) }];
    case 'TLSA':
      return [{ type: 'TLSA', name, data: answer.data }];
    case 'CAA':
      return [{ type: 'CAA', name, data: { tag: answer.data.tag, value: answer.data.value } }];
    default:
      return [];
  }
};

/** Asks recursive resolvers, by UDP and, where the answer is too long for it, by TCP; read-only. */
export class Resolver {
  readonly #servers: readonly DnsEndpoint[];
  readonly #timeout: number;
  readonly #known = new Map<string, Promise<DnsReply>>();

  /** `timeout`: milliseconds for one attempt. */
  constructor(servers: readonly DnsEndpoint[], timeout = 3000) {
    this.#servers = servers;
    this.#timeout = timeout;
  }

  /** The resolvers of this machine; throws `UNREACHABLE` where it has none. */
  static ofSystem(): Resolver {
    const servers = getServers().map((text) => endpointOf(text));
    if (servers.length === 0)
      throw new Fault('UNREACHABLE', 'this machine has no DNS resolver; name one with --resolver HOST:PORT');
    return new Resolver(servers);
  }

  /** Each question is asked once; throws `UNREACHABLE` where no resolver answers. */
  query(name: string, type: RecordType): Promise<DnsReply> {
    const key = `${type} ${name.toLowerCase()}`;
    const known = this.#known.get(key) ?? this.#ask(name, type);
    this.#known.set(key, known);
    return known;
  }

  async #ask(name: string, type: RecordType): Promise<DnsReply> {
    let cause: unknown;
    for (const server of [...this.#servers, ...this.#servers]) {
      try {
        const reply = await this.#exchange(server, name, type);
        return {
          code: codeOf(reply),
          answers: (reply.answers ?? []).flatMap(recordOf),
          isValidated: ((reply.flags ?? 0) & AUTHENTIC_DATA) !== 0,
        };
      } catch (error) {
        cause = error;
      }
    }
    const asked = [...new Set(this.#servers.map(({ host, port }) => `${host} port ${String(port)}`))].join(', ');
    throw new Fault('UNREACHABLE', `no DNS resolver answers (${asked}), asked for ${type} ${name}`, { cause });
  }

  async #exchange(server: DnsEndpoint, name: string, type: RecordType): Promise<DecodedPacket> {
    const id = randomInt(0x10000);
    const query = encode({
      type: 'query',
      id,
      flags: RECURSION_DESIRED | AUTHENTIC_DATA,
      questions: [{ type, name }],
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: MOST_UDP,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: DNSSEC_OK,
          flag_do: true,
          options: [],
        },
      ],
    });
    const isAnswer = (packet: DecodedPacket): boolean => {
      const [question] = packet.questions ?? [];
      return (
        packet.type === 'response' &&
        packet.id === id &&
        question?.type === type &&
        question.name.toLowerCase() === name.toLowerCase().replace(/\.$/, '')
      );
    };
    const short = await this.#byUdp(server, query, isAnswer);
    return short.flag_tc ? this.#byTcp(server, query, isAnswer) : short;
  }

  #byUdp(server: DnsEndpoint, query: Buffer, isAnswer: (packet: DecodedPacket) => boolean): Promise<DecodedPacket> {
    return new Promise((resolve, reject) => {
      const socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4');
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        socket.close();
        settle();
      };
      const timer = setTimeout(() => {
        end(() => {
          reject(new Fault('TIMED_OUT', 'the resolver did not answer'));
        });
      }, this.#timeout);
      socket.on('error', (error) => {
        end(() => {
          reject(error);
        });
      });
      socket.on('message', (bytes) => {
        const packet = decoded(bytes);
        // What answers another question may be forged: the right answer is waited for.
        if (packet !== undefined && isAnswer(packet))
          end(() => {
            resolve(packet);
          });
      });
      // Only this server's datagrams arrive at a connected socket.
      // Node tells an error here, not as an event: there may be no route.
      socket.connect(server.port, server.host, (error?: Error) => {
        if (error !== undefined) {
          end(() => {
            reject(error);
          });
          return;
        }
        socket.send(query);
      });
    });
  }

  #byTcp(server: DnsEndpoint, query: Buffer, isAnswer: (packet: DecodedPacket) => boolean): Promise<DecodedPacket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: server.host, port: server.port });
      let came = Buffer.alloc(0);
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        socket.destroy();
        settle();
      };
      const fail = (error: Error): void => {
        end(() => {
          reject(error);
        });
      };
      const timer = setTimeout(() => {
        fail(new Fault('TIMED_OUT', 'the resolver did not answer by TCP'));
      }, this.#timeout);
      socket.on('error', fail);
      socket.on('end', () => {
        fail(new Fault('UNREACHABLE', 'the resolver hung up'));
      });
      socket.on('connect', () => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(query.length);
        socket.write(Buffer.concat([length, query]));
      });
      socket.on('data', (bytes) => {
        came = Buffer.concat([came, bytes]);
        if (came.length < 2 || came.length < 2 + came.readUInt16BE(0)) return;
        const packet = decoded(came.subarray(2, 2 + came.readUInt16BE(0)));
        if (packet !== undefined && isAnswer(packet))
          end(() => {
            resolve(packet);
          });
        else fail(new Fault('UNREACHABLE', 'the resolver answered another question'));
      });
    });
  }
}

const decoded = (bytes: Buffer): DecodedPacket | undefined => {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
};

const codeOf = ({ flags = 0 }: DecodedPacket): string => CODES[flags & 15] ?? `code ${String(flags & 15)}`;
// RFC 1035 §4.1.1.
const CODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];
/** Octets: what passes unfragmented (RFC 9715). */
const MOST_UDP = 1232;
