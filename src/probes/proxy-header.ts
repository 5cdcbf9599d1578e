import { isIP, isIPv6 } from 'node:net';
import { latin1 } from '../protocols/text.js';

/** One end of a connection, as addresses and ports are written. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * A header of the PROXY protocol for a connection over TCP: a line of text (version 1) or binary (version 2). HAProxy,
 * doc/proxy-protocol.txt, §2. Addresses that are not of one family, or are none, are left out: `UNKNOWN`, `LOCAL`.
 */
export const proxyHeader = (version: 1 | 2, from: Endpoint, to: Endpoint): Buffer => {
  const isV6 = isIPv6(to.address);
  if (isIP(to.address) === 0 || isIP(to.address) !== isIP(from.address))
    return version === 1 ? latin1('PROXY UNKNOWN\r\n') : Buffer.concat([SIGNATURE, Buffer.from([LOCAL, 0, 0, 0])]);
  if (version === 1)
    return latin1(
      `PROXY ${isV6 ? 'TCP6' : 'TCP4'} ${from.address} ${to.address} ${String(from.port)} ${String(to.port)}\r\n`,
    );
  const addresses = Buffer.concat([
    octetsOf(from.address),
    octetsOf(to.address),
    octets16(from.port),
    octets16(to.port),
  ]);
  return Buffer.concat([SIGNATURE, Buffer.from([PROXIED, isV6 ? TCP6 : TCP4]), octets16(addresses.length), addresses]);
};

const octets16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

/** An address in network order: 4 or 16 octets. */
export const octetsOf = (address: string): Buffer => {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: GROUPS - before.length - after.length }, () => '0');
  return Buffer.concat([...before, ...zeros, ...after].map((group) => octets16(parseInt(group, 16))));
};

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Version 2, command LOCAL. */
const LOCAL = 0x20;
/** Version 2, command PROXY. */
const PROXIED = 0x21;
const TCP4 = 0x11;
const TCP6 = 0x21;
const GROUPS = 8;
