import { Fault } from '../fault.js';
import { cell, cellAvailability, isInCell, reexecInCell } from '../place/cell.js';
import { loopback } from '../place/loopback.js';
import type { Place } from '../place/place.js';
import { requireReachable } from '../place/reachable.js';
import type { CommonOptions } from './options.js';

/** The place of a session, and what is to be said about it. */
export type Chosen = { readonly place: Place; readonly note?: string } | { readonly exitCode: number };

/** Finds the place that was asked for; for a cell the program runs once more inside it, and its exit code is ours. */
export const choosePlace = async ({
  place,
  ipv4,
  ipv6,
}: Pick<CommonOptions, 'place' | 'ipv4' | 'ipv6'>): Promise<Chosen> => {
  if (ipv4 === true && ipv6 === true)
    throw new Fault('BAD_USAGE', '-4 and -6 exclude each other; without both, IPv4 and IPv6 are used');
  if (place === 'loopback') {
    await requireReachable(ipv6 === true ? '::1' : '127.0.0.1');
    return { place: limited(loopback, ipv4, ipv6) };
  }
  if (ipv6 === true) throw new Fault('BAD_USAGE', '-6 needs --place loopback: a cell has IPv4 addresses only');
  if (isInCell()) return { place: cell };
  const available = await cellAvailability();
  if (available.available) return { exitCode: await reexecInCell() };
  return {
    place: limited(loopback, ipv4, ipv6),
    note: `a cell cannot be made here (${available.why}); clients ran on loopback, and cases that need host names or ports below 1024 were left out`,
  };
};

const limited = (place: Place, ipv4 = false, ipv6 = false): Place => {
  if (!ipv4 && !ipv6) return place;
  return {
    ...place,
    site: (visit, folder) => {
      const site = place.site(visit, folder);
      const [first, ...more] = site.addresses.filter((address) => address.includes(':') === ipv6);
      return first === undefined
        ? site
        : { ...site, host: first.includes(':') ? first : site.host, addresses: [first, ...more] };
    },
  };
};
