import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Fault } from '../fault.js';

/** All addresses of a host, in the resolver's order; throws the Fault `UNREACHABLE` if there are none. */
export const addressesOf = async (host: string, family?: 4 | 6): Promise<string[]> => {
  if (isIP(host) !== 0) {
    if (family !== undefined && isIP(host) !== family)
      throw new Fault('BAD_USAGE', `${host} is not an IPv${String(family)} address; drop -${String(family)}`);
    return [host];
  }
  try {
    const found = await lookup(host, { all: true, ...(family && { family }) });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const why =
      code === 'ENOTFOUND' || code === 'ENODATA'
        ? `no address is known${family === undefined ? '' : ` in IPv${String(family)}`}; is the name right?`
        : `the resolver failed (${code}); has this machine a network, and a name server that answers?`;
    throw new Fault('UNREACHABLE', `${host} cannot be resolved: ${why}`, { cause: error });
  }
};

/** 127.0.0.0/8 and ::1. */
export const isLoopback = (address: string): boolean =>
  isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback';

/** Loopback, private, link-local and unique local addresses: the auditor's own network. */
export const isLoopbackOrPrivate = (address: string): boolean => {
  if (isIP(address) === 0) return false;
  return OWN.has(ipaddr.process(address.replace(/%.*$/, '')).range());
};

const OWN: ReadonlySet<string> = new Set(['loopback', 'private', 'linkLocal', 'uniqueLocal']);
