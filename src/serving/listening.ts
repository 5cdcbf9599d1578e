import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Fault } from '../fault.js';

/** Where endpoints listen, and for whom. */
export interface Listening {
  readonly addresses: readonly [string, ...string[]];
  /** Absent on loopback, where only this machine can come. */
  readonly allows?: (address: string) => boolean;
}

/** Loopback by default; anywhere else only together with the clients that may come. Throws `BAD_USAGE`. */
export const listening = (listen: string | undefined, clients: readonly string[]): Listening => {
  const ranges = clients.map(rangeOf);
  if (listen === undefined) {
    if (clients.length > 0)
      throw new Fault(
        'BAD_USAGE',
        '--allow-client needs --listen (or --socks) with an address: on loopback no other machine can connect',
      );
    return { addresses: ['127.0.0.1', '::1'] };
  }
  const address = listen.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) === 0)
    throw new Fault(
      'BAD_USAGE',
      `--listen needs an IP address of this machine, not ${JSON.stringify(listen)}; example: --listen 192.0.2.10`,
    );
  if (isLoopback(address)) return { addresses: [address], ...(ranges.length > 0 && { allows: allowing(ranges) }) };
  if (ranges.length === 0)
    throw new Fault(
      'BAD_USAGE',
      `${address} can be reached from other machines: also say which clients may connect, such as --allow-client 192.0.2.0/28`,
    );
  return { addresses: [address], allows: allowing(ranges) };
};

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

const rangeOf = (text: string): Range => {
  const fault = new Fault(
    'BAD_USAGE',
    `--allow-client needs an address or a network, not ${JSON.stringify(text)}; examples: 192.0.2.7, 192.0.2.0/28`,
  );
  try {
    if (!text.includes('/')) {
      if (isIP(text) === 0) throw fault;
      return [ipaddr.process(text), isIP(text) === 4 ? 32 : 128];
    }
    return ipaddr.parseCIDR(text);
  } catch {
    throw fault;
  }
};

const allowing =
  (ranges: readonly Range[]) =>
  (address: string): boolean => {
    if (isIP(address) === 0) return false;
    const from = ipaddr.process(address);
    // Our own fence comes from this machine.
    return (
      from.range() === 'loopback' ||
      ranges.some(([range, bits]) => range.kind() === from.kind() && from.match(range, bits))
    );
  };

const isLoopback = (address: string): boolean => ipaddr.process(address).range() === 'loopback';
