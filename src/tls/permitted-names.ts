import { BlockList, isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

import { element, sequence } from './der.js';

/** Names for which certificates are issued: DNS names and IP addresses in text form. */
export interface EndpointNames {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
}

/** Whether a CA's constraints cover addresses too. */
export type PermittedAddresses = 'named' | 'any';

/**
 * The contents of the CA's name constraints (RFC 5280 §4.2.1.10): lab names, loopback, and the given ones.
 * A DNS constraint covers its subdomains; a leading dot would be refused by Java.
 * BoringSSL knows no constraints on addresses and refuses every certificate for an address below one, so that clients with it (Mono's, say)
 * could trust no such CA. `addresses: 'any'` leaves them out, for a key that never leaves memory.
 */
export const permittedNames = (further: EndpointNames, addresses: PermittedAddresses): Buffer =>
  sequence(
    element(
      0xa0,
      ...[...PERMITTED_DNS, ...further.dns].map((name) => sequence(element(0x82, Buffer.from(name, 'ascii')))),
      ...(addresses === 'any'
        ? []
        : [
            ...PERMITTED_NETS.map(([address, bits]) => netConstraint(address, bits)),
            ...further.ip.map((address) => netConstraint(address, isIP(address) === 4 ? 32 : 128)),
          ]),
    ),
  );

/** The names that a CA with these constraints may not certify. */
export const namesNotPermitted = ({ dns, ip }: EndpointNames, further: EndpointNames): string[] => {
  const domains = [...PERMITTED_DNS, ...further.dns];
  const nets = new BlockList();
  for (const [address, bits, family] of PERMITTED_NETS) nets.addSubnet(address, bits, family);
  for (const address of further.ip) nets.addAddress(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  return [
    ...dns.filter((name) => !domains.some((domain) => name === domain || name.endsWith(`.${domain}`))),
    ...ip.filter((address) => isIP(address) === 0 || !nets.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')),
  ];
};

const netConstraint = (address: string, bits: number): Buffer => {
  const octets = ipaddr.parse(address).toByteArray();
  const mask = octets.map((_, index) => (0xff00 >> Math.min(Math.max(bits - index * 8, 0), 8)) & 0xff);
  return sequence(element(0x87, Buffer.from([...octets, ...mask])));
};

const PERMITTED_DNS = ['lab.test', 'attacker.test', 'localhost'];
const PERMITTED_NETS = [
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
] as const;
