import { isIPv4, isIPv6 } from 'node:net';
import { Fault } from '../fault.js';
import { latin1 } from '../protocols/text.js';
import { hostPort } from '../wire/host-port.js';
import { printable } from '../wire/printable.js';
import { octetsOf } from './proxy-header.js';
import type { ForwardProxy } from './route.js';

/** Where a proxy is asked to connect to. */
export interface Destination {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
}

/** What a proxy's next answer is made of: how many octets it has, as far as that is known, and what follows from it. */
export interface Exchange {
  /** What is said first. */
  readonly say: Buffer;
  /** The number of octets of the answer; undefined where more of it is needed to know. */
  readonly length: (received: Buffer) => number | undefined;
  /** The next exchange; undefined where the connection stands. Throws a Fault where the proxy refuses. */
  readonly then: (answer: Buffer) => Exchange | undefined;
}

/**
 * The request to a proxy for a connection: SOCKS 5 (RFC 1928, RFC 1929) or HTTP CONNECT (RFC 9110 §9.3.6). The `socks` package
 * knows no CONNECT, and drops what the server says right after the proxy's answer.
 */
export const forwardRequest = (proxy: ForwardProxy, to: Destination): Exchange =>
  proxy.kind === 'http' ? httpConnect(proxy, to) : socksGreeting(proxy, to);

const socksGreeting = (proxy: ForwardProxy, to: Destination): Exchange => {
  const methods = proxy.login === undefined ? [NO_LOGIN] : [NO_LOGIN, BY_PASSWORD];
  return {
    say: Buffer.from([SOCKS, methods.length, ...methods]),
    length: () => 2,
    then: ([version, method]) => {
      if (version !== SOCKS) throw failed(proxy, 'does not speak SOCKS 5; is it an HTTP proxy (http://)?');
      if (method === NO_LOGIN) return socksRequest(proxy, to);
      if (method === BY_PASSWORD && proxy.login !== undefined) return socksLogin(proxy, proxy.login, to);
      throw failed(
        proxy,
        proxy.login === undefined
          ? 'wants a login: give it as in socks5h://user:password@host:port'
          : 'takes neither a user with a password nor a connection without a login',
      );
    },
  };
};

const socksLogin = (
  proxy: ForwardProxy,
  { user, password }: NonNullable<ForwardProxy['login']>,
  to: Destination,
): Exchange => ({
  say: Buffer.concat([Buffer.from([LOGIN_VERSION]), counted(user), counted(password)]),
  length: () => 2,
  then: ([, status]) => {
    if (status !== 0) throw failed(proxy, 'refuses the user or the password');
    return socksRequest(proxy, to);
  },
});

const socksRequest = (proxy: ForwardProxy, to: Destination): Exchange => ({
  say: Buffer.concat([
    Buffer.from([SOCKS, CONNECT, 0]),
    isIPv4(to.host)
      ? Buffer.concat([Buffer.from([ADDRESS_V4]), octetsOf(to.host)])
      : isIPv6(to.host)
        ? Buffer.concat([Buffer.from([ADDRESS_V6]), octetsOf(to.host)])
        : Buffer.concat([Buffer.from([NAME]), counted(to.host)]),
    Buffer.from([to.port >> 8, to.port & 0xff]),
  ]),
  length: (received) => {
    const [, , , type, first] = received;
    if (type === ADDRESS_V4) return 10;
    if (type === ADDRESS_V6) return 22;
    if (type === NAME) return first === undefined ? undefined : 7 + first;
    return received.length < 4 ? undefined : 4;
  },
  then: ([version, reply = 1]) => {
    if (version !== SOCKS) throw failed(proxy, 'does not speak SOCKS 5');
    if (reply === 0) return undefined;
    throw UNREACHED.has(reply)
      ? unreached(proxy, to, REPLIES[reply] ?? 'general failure')
      : failed(
          proxy,
          `does not connect to ${hostPort(to.host, to.port)} (${REPLIES[reply] ?? `reply ${String(reply)}`})`,
        );
  },
});

const httpConnect = (proxy: ForwardProxy, to: Destination): Exchange => {
  const place = hostPort(to.host, to.port);
  const login =
    proxy.login === undefined
      ? ''
      : `Proxy-Authorization: Basic ${Buffer.from(`${proxy.login.user}:${proxy.login.password}`).toString('base64')}\r\n`;
  return {
    say: latin1(`CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n${login}\r\n`),
    length: (received) => {
      const end = received.indexOf('\r\n\r\n');
      return end === -1 ? undefined : end + 4;
    },
    then: (answer) => {
      const [line = ''] = answer.toString('latin1').split('\r\n');
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1] ?? 0);
      if (status >= 200 && status < 300) return undefined;
      if (status === 0) throw failed(proxy, 'does not answer as an HTTP proxy; does it speak SOCKS (socks5h://)?');
      // Tinyproxy says 401.
      if (status === 407 || status === 401)
        throw failed(
          proxy,
          proxy.login === undefined
            ? `wants a login (${String(status)}): give it as in http://user:password@host:port`
            : `refuses the user or the password (${String(status)})`,
        );
      throw status >= 500
        ? unreached(proxy, to, printable(line))
        : failed(proxy, `does not connect to ${place} (${printable(line)})`);
    },
  };
};

/** `the proxy 192.0.2.1:1080 …`: what is wrong lies with the proxy, and says nothing about the server. */
export const failed = ({ host, port }: ForwardProxy, what: string, options?: ErrorOptions): Fault =>
  new Fault('PROXY_FAILED', `the proxy ${hostPort(host, port)} ${what}`, options);

const unreached = ({ host, port }: ForwardProxy, to: Destination, why: string): Fault =>
  new Fault(
    'UNREACHABLE',
    `${hostPort(to.host, to.port)} cannot be reached through the proxy ${hostPort(host, port)} (${why})`,
  );

const counted = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'utf8').subarray(0, 255);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
};

const SOCKS = 5;
const NO_LOGIN = 0;
const BY_PASSWORD = 2;
const LOGIN_VERSION = 1;
const CONNECT = 1;
const ADDRESS_V4 = 1;
const NAME = 3;
const ADDRESS_V6 = 4;
/** RFC 1928 §6. */
const REPLIES: Readonly<Record<number, string>> = {
  1: 'general failure',
  2: 'its rules do not allow it',
  3: 'network unreachable',
  4: 'host unreachable',
  5: 'connection refused',
  6: 'TTL expired',
  7: 'command not supported',
  8: 'address type not supported',
};
const UNREACHED: ReadonlySet<number> = new Set([1, 3, 4, 5, 6]);
