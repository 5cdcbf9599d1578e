import type { AuthorityOptions } from '../tls/certificate-authority.js';

/** What an authority for endpoints at an address, or with host names of their own, certifies besides loopback. */
export const alsoFor = (
  listen: string | undefined,
  hostNames: readonly string[] = [],
): Pick<AuthorityOptions, 'alsoFor'> =>
  listen === undefined && hostNames.length === 0
    ? {}
    : { alsoFor: { dns: hostNames, ip: listen === undefined ? [] : [listen.replace(/^\[(.*)\]$/, '$1')] } };
