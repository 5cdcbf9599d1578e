import type { AuthorityOptions } from '../tls/certificate-authority.js';

/** What an authority for endpoints at an address certifies besides loopback. */
export const alsoFor = (listen: string | undefined): Pick<AuthorityOptions, 'alsoFor'> =>
  listen === undefined ? {} : { alsoFor: { dns: [], ip: [listen.replace(/^\[(.*)\]$/, '$1')] } };
