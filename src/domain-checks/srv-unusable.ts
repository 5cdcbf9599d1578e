import { defineDomainCheck, fail, inconclusive, info, pass, warn } from './domain-check.js';
import { hostPort } from '../wire/host-port.js';

export default defineDomainCheck({
  id: 'srv-unusable',
  title: 'SRV records for mail clients name ports with TLS that answer',
  why: 'Mail clients that configure themselves follow these records. Users get no mail where a record names a port that does not answer, and less protection where none names implicit TLS.',
  references: ['RFC 6186 §3', 'RFC 8314 §5.1', 'RFC 2782'],
  severity: 'medium',
  remedy:
    'publish _imaps, _pop3s and _submissions records with hosts that answer; give services that do not exist the target "."',
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
      const host = hosts.find((each) => each.host === target);
      if (host?.addresses?.length === 0) return fail(`${service} names ${target}, which has no address`);
      const found = served.find((each) => each.host === target && each.port === port);
      if (found?.isReached === false) return fail(`${service} names ${hostPort(target, port)}, which does not answer`);
    }
    const clear = offered.find(
      ({ service }) => IMPLICIT.has(service) && !offered.some((each) => each.service === IMPLICIT.get(service)),
    );
    return clear === undefined
      ? pass(offered.map(({ service, target, port }) => `${service} ${hostPort(target, port)}`).join(', '))
      : warn(`there is a record ${clear.service}, but none for implicit TLS (${IMPLICIT.get(clear.service) ?? ''})`);
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
  ],
});

/** A service that starts in clear text, and the one with implicit TLS (RFC 8314 §5.1). */
const IMPLICIT: ReadonlyMap<string, string> = new Map([
  ['_imap._tcp', '_imaps._tcp'],
  ['_pop3._tcp', '_pop3s._tcp'],
  ['_submission._tcp', '_submissions._tcp'],
]);
