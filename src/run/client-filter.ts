import ipaddr from 'ipaddr.js';
import { Fault } from '../fault.js';

/**
 * Who may connect to an address that waxseal listens on. Loopback serves this machine; any other address needs networks
 * in CIDR notation, and throws `BAD_USAGE` without.
 */
export const allowing = (listen: string, networks: readonly string[]): ((address: string) => boolean) => {
  const allowed = networks.map(parsed);
  if (allowed.length === 0 && !isLoopback(listen)) {
    throw new Fault('BAD_USAGE', `listening on ${JSON.stringify(listen)} lets other machines in; name those that may come with --allow-client, such as --allow-client 192.168.1.20/32`);
  }
  return (address) => {
    if (isLoopback(address)) return true;
    if (!ipaddr.isValid(address)) return false;
    const client = ipaddr.process(address);
    return allowed.some(([network, bits]) => network.kind() === client.kind() && client.match(network, bits));
  };
};

const parsed = (network: string): [ipaddr.IPv4 | ipaddr.IPv6, number] => {
  try {
    return ipaddr.parseCIDR(network);
  } catch {
    throw new Fault('BAD_USAGE', `a network was expected as address/bits, ${JSON.stringify(network)} came; as in --allow-client 192.168.1.20/32`);
  }
};

const isLoopback = (address: string): boolean => address === 'localhost' || (ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback');
