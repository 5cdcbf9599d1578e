import { defineDomainCheck, fail, inconclusive, info, pass, warn } from './domain-check.js';
import { hostPort } from '../wire/host-port.js';
import type { HostFacts, ServedFacts } from './facts.js';

export default defineDomainCheck({
  id: 'srv-unusable',
  title: 'SRV records for mail clients name ports with TLS that answer',
  why: 'Mail clients that configure themselves follow these records. Users get no mail where a record names a port that does not answer, and less protection where none names implicit TLS.',
  references: ['RFC 6186 §3', 'RFC 8314 §5.1', 'RFC 2782'],
  severity: 'medium',
  remedy:
    'publish _imaps, _pop3s and _submissions records with hosts that answer, no aliases (CNAME); give services that do not exist the target "."',
  beyondMx: true,
  covers: ['srv-8314-policy'],
  judge: ({ srv = [], hosts, served }) => {
    const failed = srv.map(({ records }) => records).find(({ status }) => status === 'failed');
    if (failed?.status === 'failed') return inconclusive(failed.why);
    const offered = srv.flatMap(({ service, records }) =>
      records.status === 'found'
        ? records.records.filter(({ target }) => target !== '.' && target !== '').map((each) => ({ service, ...each }))
        : [],
    );
    if (offered.length === 0) return info('no SRV records for mail clients were found');
    for (const { service, target, port } of offered) {
      const { addresses } = hostOf(hosts, target);
      if (addresses?.length === 0) return fail(`${service} names ${target}, which has no address`);
      const found = servedOn(served, service, target, port);
      if (found?.isReached === false) return fail(`${service} names ${hostPort(target, port)}, which does not answer`);
      if (found?.isEncrypted === false)
        return fail(`${service} names ${hostPort(target, port)}, where TLS does not work`);
    }
    const clear = offered.find(
      ({ service }) => IMPLICIT.has(service) && !offered.some((each) => each.service === IMPLICIT.get(service)),
    );
    if (clear !== undefined)
      return warn(
        `there is a record ${clear.service}, but none for implicit TLS (${IMPLICIT.get(clear.service) ?? ''})`,
      );
    const alias = offered
      .map(({ service, target }) => ({ service, ...hostOf(hosts, target) }))
      .find((each) => each.alias);
    if (alias !== undefined)
      return warn(`${alias.service} names ${alias.host}, which is an alias (CNAME) of ${alias.alias ?? ''}`);
    for (const { service, target, port } of offered) {
      const { addresses, why } = hostOf(hosts, target);
      if (addresses === undefined) return inconclusive(`${target}: ${why ?? 'the lookup failed'}`);
      if (servedOn(served, service, target, port)?.isEncrypted !== true)
        return inconclusive(`the audit did not see whether TLS works on ${hostPort(target, port)}`);
    }
    return pass(offered.map(({ service, target, port }) => `${service} ${hostPort(target, port)}`).join(', '));
  },
  examples: [
    { given: {}, then: 'pass' },
    { given: { srv: [] }, then: 'info' },
    {
      given: { srv: [{ service: '_imaps._tcp', records: { status: 'failed', why: 'SERVFAIL' } }] },
      then: 'inconclusive',
    },
    {
      given: {
        srv: [
          {
            service: '_imap._tcp',
            records: { status: 'found', records: [{ target: 'mx.example.org', port: 143 }], isValidated: true },
          },
        ],
      },
      then: 'warn',
    },
    { given: { served: [{ host: 'imap.example.org', port: 993, isReached: false }] }, then: 'fail' },
    { given: { hosts: [{ host: 'imap.example.org', addresses: [] }] }, then: 'fail' },
    { given: { served: [{ host: 'imap.example.org', port: 993, isReached: true, isEncrypted: false }] }, then: 'fail' },
    // The port is named as something else too, and is that.
    {
      given: {
        served: [
          { host: 'imap.example.org', port: 993, service: '_imap._tcp', isReached: true, isEncrypted: true },
          { host: 'imap.example.org', port: 993, service: '_imaps._tcp', isReached: true, isEncrypted: false },
        ],
      },
      then: 'fail',
    },
    { given: { hosts: [{ host: 'imap.example.org', why: 'SERVFAIL' }] }, then: 'inconclusive' },
    { given: { served: [] }, then: 'inconclusive' },
    { given: { served: [{ host: 'imap.example.org', port: 993, isReached: true }] }, then: 'inconclusive' },
    {
      given: { hosts: [{ host: 'imap.example.org', addresses: ['192.0.2.2'], alias: 'host.example.org' }] },
      then: 'warn',
    },
  ],
});

const hostOf = (hosts: readonly HostFacts[], target: string): HostFacts =>
  hosts.find(({ host }) => host === target) ?? { host: target };

/** What the port serves as this service: the same one may be named as another one too. */
const servedOn = (
  served: readonly ServedFacts[],
  service: string,
  target: string,
  port: number,
): ServedFacts | undefined =>
  served.find((each) => each.host === target && each.port === port && (each.service ?? service) === service);

/** A service that starts in clear text, and the one with implicit TLS (RFC 8314 §5.1). */
const IMPLICIT: ReadonlyMap<string, string> = new Map([
  ['_imap._tcp', '_imaps._tcp'],
  ['_pop3._tcp', '_pop3s._tcp'],
  ['_submission._tcp', '_submissions._tcp'],
]);
