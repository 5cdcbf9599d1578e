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
