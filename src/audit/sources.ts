import { networkInterfaces } from 'node:os';
import { isLoopback } from '../targets/address.js';

/** An address of this machine to connect from. */
export interface Source {
  readonly address: string;
  /** The loopback, in front of an address that others reach too: webmail runs there, and many servers let it in without TLS. */
  readonly isTrusted: boolean;
}

/**
 * Other addresses of this machine, the best first: Dovecot takes every login from its own one, whatever its configuration says.
 * `own`: the addresses of the interfaces.
 */
export const sourcesFor = (address: string, own: readonly string[]): Source[] => {
  const isV6 = address.includes(':');
  const others = own.filter((each) => each.includes(':') === isV6 && !each.startsWith('fe80:') && !isLoopback(each));
  const loopback = isV6 ? ['::1'] : ['127.0.0.1', '127.0.0.2'];
  const isInternal = isLoopback(address);
  return [...new Set(isInternal ? [...loopback, ...others] : [...others, ...loopback])]
    .filter((each) => each !== address)
    .map((each) => ({ address: each, isTrusted: !isInternal && isLoopback(each) }));
};

/** The addresses of this machine's interfaces, as they were a few seconds ago at most: an exporter would ask the kernel at every probe. */
export const ownAddresses = (): readonly string[] => {
  const now = performance.now();
  if (now - known.at > MOST_AGE)
    known = {
      at: now,
      addresses: Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address)),
    };
  return known.addresses;
};

let known: { readonly at: number; readonly addresses: readonly string[] } = { at: -Infinity, addresses: [] };
/** Milliseconds. */
const MOST_AGE = 5000;
