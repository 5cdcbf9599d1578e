import type { Answer, Question } from 'dns-packet';
import { domainHosts, type Surroundings } from './discovery.js';

/** What DNS says to a question; undefined if there is no such name. */
export const recordsFor = (
  { name, type }: Question,
  { domain, address, stranger, told }: Surroundings,
): Answer[] | undefined => {
  const asked = name.toLowerCase().replace(/\.$/, '');
  const services = new Map(
    Object.entries({
      ...(told.dns && { [`_${told.dns.service}._tcp.${domain}`]: { target: told.dns.host, port: told.dns.port } }),
      ...(told.exchange && { [`_autodiscover._tcp.${domain}`]: { target: `autodiscover.${domain}`, port: 443 } }),
    }),
  );
  const service = services.get(asked);
  if (service !== undefined)
    return type === 'SRV' ? [{ type: 'SRV', name, ttl: TTL, data: { priority: 0, weight: 1, ...service } }] : [];
  const host = asked === stranger.host ? stranger.address : domainHosts(domain).includes(asked) ? address : undefined;
  if (host === undefined) return undefined;
  if (type === 'A') return [{ type: 'A', name, ttl: TTL, data: host }];
  if (type === 'MX' && asked === domain)
    return [{ type: 'MX', name, ttl: TTL, data: { preference: 10, exchange: `mail.${domain}` } }];
  return [];
};

/** Seconds: the next run's records differ. */
const TTL = 0;
