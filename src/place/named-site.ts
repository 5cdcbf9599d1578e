import { existsSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Site } from './place.js';

/** A site under a name or address of its user's choice; `folder` is the visit's, for the hosts file that its child processes see; none is made without. */
export const namedSite = (site: Site, host: string, folder: string): Site => {
  if (isIP(host) !== 0) return { ...site, host, addresses: [host] };
  // Some clients know by themselves what localhost is.
  if (host === 'localhost') return { ...site, host, addresses: site.port(1) === 0 ? site.addresses : ['127.0.0.1'] };
  const [address] = site.addresses;
  if (folder === '') return { ...site, host, addresses: [address] };
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o644 });
    return path;
  };
  const nsswitch = '/etc/nsswitch.conf';
  return {
    ...site,
    host,
    addresses: [address],
    child: {
      hostsFile: file('hosts', `127.0.0.1 localhost\n::1 localhost\n${address} ${host}\n`),
      mounts: existsSync(nsswitch)
        ? [{ source: file('nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\n'), target: nsswitch }]
        : [],
    },
  };
};

/** Why a place cannot have an endpoint under this name or address, in words; undefined where it can. */
export const unservable = (host: string): string | undefined => {
  if (isIP(host) === 4 && !host.startsWith('127.')) return `${host} is not an address of this machine`;
  if (isIP(host) === 6 && host !== '::1') return `${host} is not an address of this machine`;
  if (isIP(host) !== 0 || /^[a-z0-9]([a-z0-9_-]{0,62})?(\.[a-z0-9]([a-z0-9_-]{0,62})?)*$/i.test(host)) return undefined;
  return 'its host name cannot be looked up';
};
