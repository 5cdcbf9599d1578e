import { Fault } from '../fault.js';
import type { CommonOptions } from './options.js';

/** The address family that `-4` or `-6` asks for; throws `BAD_USAGE` where both are given. */
export const familyOf = ({ ipv4 = false, ipv6 = false }: Pick<CommonOptions, 'ipv4' | 'ipv6'>): 4 | 6 | undefined => {
  if (ipv4 && ipv6) throw new Fault('BAD_USAGE', '-4 and -6 exclude each other; without both, IPv4 and IPv6 are used');
  if (ipv4) return 4;
  return ipv6 ? 6 : undefined;
};
