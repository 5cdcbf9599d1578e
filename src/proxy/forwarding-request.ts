import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Where a client asks a forwarding proxy to connect to. */
export interface Destination {
  /** A host name in lower case, or an address. */
  readonly host: string;
  readonly port: number;
}

/** Why a destination is not connected to. */
export type Refusal = 'not-allowed' | 'unreachable';

/** What to do next with a client of a forwarding proxy. */
export type Step =
  | { readonly is: 'incomplete' }
  | { readonly is: 'say'; readonly bytes: Buffer }
  | {
      readonly is: 'asked';
      readonly destination: Destination;
      readonly granted: Buffer;
      readonly refused: (why: Refusal) => Buffer;
    }
  /** What it says cannot be served; `bytes` tells it so in its own protocol, and are empty where it has none. */
  | { readonly is: 'wrong'; readonly bytes: Buffer; readonly why: string };

/** The client's half of SOCKS 5 (RFC 1928, RFC 1929) and of HTTP CONNECT (RFC 9110 §9.3.6), until it has named its destination. */
export class ForwardingRequest {
  #received = Buffer.alloc(0);
  #state: 'first' | 'password' | 'request' | 'over' = 'first';

  push(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
  }

  /** What was received and is no part of the request: it is for the destination. */
  get rest(): Buffer {
    return this.#received;
  }

  next(): Step {
    const step = this.#step();
    if (step.is === 'asked' || step.is === 'wrong') this.#state = 'over';
    if (step.is === 'incomplete' && this.#received.length > LONGEST_REQUEST)
      return { is: 'wrong', bytes: NOTHING, why: 'its request for a connection is too long' };
    return step;
  }

  #step(): Step {
    const first = this.#received[0];
    if (first === undefined) return INCOMPLETE;
    switch (this.#state) {
      case 'first':
        if (first === SOCKS) return this.#methods();
        if (first === OLD_SOCKS)
          return { is: 'wrong', bytes: NOTHING, why: 'it speaks SOCKS 4; configure SOCKS 5 or an HTTP proxy' };
        return this.#httpRequest();
      case 'password':
        return this.#password();
      case 'request':
        return this.#socksRequest();
      case 'over':
        return INCOMPLETE;
    }
  }

  #methods(): Step {
    const methods = this.#field(1);
    if (methods === undefined) return INCOMPLETE;
    this.#take(2 + methods.length);
    // Nobody's password is asked for where none is needed.
    const method = [NO_LOGIN, BY_PASSWORD].find((each) => methods.includes(each));
    if (method === undefined)
      return {
        is: 'wrong',
        bytes: Buffer.from([SOCKS, 0xff]),
        why: 'it offers no SOCKS login that waxseal takes (none, or user and password)',
      };
    this.#state = method === NO_LOGIN ? 'request' : 'password';
    return { is: 'say', bytes: Buffer.from([SOCKS, method]) };
  }

  /** Anyone who may connect may use it: name and password are taken, and forgotten. */
  #password(): Step {
    if (this.#received[0] !== 1)
      return { is: 'wrong', bytes: Buffer.from([1, 1]), why: 'its SOCKS login is not user and password (RFC 1929)' };
    const user = this.#field(1);
    const password = user && this.#field(2 + user.length);
    if (user === undefined || password === undefined) return INCOMPLETE;
    this.#take(3 + user.length + password.length);
    this.#state = 'request';
    return { is: 'say', bytes: Buffer.from([1, 0]) };
  }

  #socksRequest(): Step {
    const [version, command, , type] = this.#received;
    if (version !== SOCKS)
      return { is: 'wrong', bytes: NOTHING, why: 'what it says after the SOCKS login is no request' };
    if (type === undefined) return INCOMPLETE;
    if (command !== CONNECT)
      return { is: 'wrong', bytes: socksReply(7), why: 'it wants SOCKS for something else than a connection' };
    const address = this.#address(type);
    if (address === 'incomplete') return INCOMPLETE;
    if (address === undefined) return { is: 'wrong', bytes: socksReply(8), why: 'its SOCKS request holds no address' };
    const port = this.#received.readUInt16BE(address.end);
    this.#take(address.end + 2);
    const destination = destinationOf(address.text, port);
    if (destination === undefined)
      return { is: 'wrong', bytes: socksReply(1), why: 'its SOCKS request names no host, or no port' };
    return {
      is: 'asked',
      destination,
      granted: socksReply(0),
      refused: (why) => socksReply(why === 'not-allowed' ? 2 : 5),
    };
  }

  #address(type: number): { readonly text: string; readonly end: number } | 'incomplete' | undefined {
    const from = type === BY_NAME ? 5 : 4;
    const length = type === BY_NAME ? this.#received[4] : ADDRESS_LENGTHS.get(type);
    if (length === undefined) return type === BY_NAME ? 'incomplete' : undefined;
    const end = from + length;
    if (this.#received.length < end + 2) return 'incomplete';
    const bytes = this.#received.subarray(from, end);
    return { text: type === BY_NAME ? bytes.toString('latin1') : ipaddr.fromByteArray([...bytes]).toString(), end };
  }

  #httpRequest(): Step {
    const text = this.#received.toString('latin1');
    if (!METHOD_START.test(text)) return { is: 'wrong', bytes: NOTHING, why: 'it speaks neither SOCKS 5 nor HTTP' };
    const end = /\r?\n\r?\n/.exec(text);
    if (end === null) return INCOMPLETE;
    this.#take(end.index + end[0].length);
    const [, method, authority = ''] = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r?$/m.exec(text.slice(0, end.index)) ?? [];
    if (method !== 'CONNECT')
      return {
        is: 'wrong',
        bytes: httpReply('405 Method Not Allowed', 'Allow: CONNECT\r\n'),
        why: 'it sends an HTTP request that is not CONNECT',
      };
    const [, bracketed, name = bracketed ?? '', port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(authority) ?? [];
    const destination = destinationOf(name, Number(port ?? 0));
    if (destination === undefined)
      return { is: 'wrong', bytes: httpReply('400 Bad Request'), why: 'its HTTP CONNECT names no host, or no port' };
    return {
      is: 'asked',
      destination,
      granted: Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n'),
      refused: (why) => httpReply(why === 'not-allowed' ? '403 Forbidden' : '502 Bad Gateway'),
    };
  }

  /** The bytes after the length at this place; undefined where not all are there. */
  #field(at: number): Buffer | undefined {
    const length = this.#received[at];
    if (length === undefined || this.#received.length < at + 1 + length) return undefined;
    return this.#received.subarray(at + 1, at + 1 + length);
  }

  #take(length: number): void {
    this.#received = this.#received.subarray(length);
  }
}

/** A host that can be meant, and a port; undefined where one of them cannot. */
const destinationOf = (text: string, port: number): Destination | undefined => {
  if (port < 1 || port > 65_535) return undefined;
  if (isIP(text) !== 0) return { host: ipaddr.process(text).toString(), port };
  const host = text.toLowerCase().replace(/\.$/, '');
  return host.length <= 253 && HOST_NAME.test(host) ? { host, port } : undefined;
};

const socksReply = (code: number): Buffer => Buffer.from([SOCKS, code, 0, 1, 0, 0, 0, 0, 0, 0]);

const httpReply = (status: string, more = ''): Buffer =>
  Buffer.from(`HTTP/1.1 ${status}\r\n${more}Content-Length: 0\r\nConnection: close\r\n\r\n`);

const NOTHING = Buffer.alloc(0);
const INCOMPLETE = { is: 'incomplete' } as const;
const SOCKS = 5;
const OLD_SOCKS = 4;
const NO_LOGIN = 0;
const BY_PASSWORD = 2;
const CONNECT = 1;
const BY_NAME = 3;
/** Octets, by SOCKS address type. */
const ADDRESS_LENGTHS: ReadonlyMap<number, number> = new Map([
  [1, 4],
  [4, 16],
]);
const METHOD_START = /^[A-Z]{1,10}(?: |$)/;
const HOST_NAME = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
/** Bytes: an HTTP request with its header fields; a SOCKS request has 262 at most. */
const LONGEST_REQUEST = 8192;
