import { defineDomainCheck, fail, inconclusive, info, notApplicable, pass } from './domain-check.js';
import { hostPort } from '../wire/host-port.js';

export default defineDomainCheck({
  id: 'tlsa-mismatch',
  title: 'TLSA records (DANE) match the certificates that are served',
  why: 'Senders that follow DANE do not deliver to a server whose certificate no TLSA record matches.',
  references: ['RFC 7672 §3.1', 'RFC 6698 §2.1', 'RFC 7671 §4'],
  severity: 'high',
  remedy:
    'publish the TLSA record of a new key (3 1 1) before the server uses the key; remove the old record afterwards',
  covers: ['srv-dane'],
  judge: ({ tlsa, mx }) => {
    // Senders take TLSA records for secure only where the MX records are too (RFC 7672 §2.2.1).
    const isMxSecure = mx.status !== 'found' || mx.isValidated;
    if (mx.status === 'failed') return inconclusive(mx.why);
    const published = tlsa.flatMap(({ host, port, records }) =>
      records.status === 'found'
        ? [{ where: hostPort(host, port), ...records, isValidated: records.isValidated && isMxSecure }]
        : [],
    );
    const failed = tlsa.map(({ records }) => records).find(({ status }) => status === 'failed');
    if (published.length === 0)
      return failed?.status === 'failed' ? inconclusive(failed.why) : notApplicable('no TLSA records are published');
    for (const { where, records, isValidated } of published) {
      const usable = records.filter(({ match }) => match !== 'unused');
      if (usable.length === 0)
        return fail(`${where}: senders ignore all its TLSA records, because none has usage 2 or 3`, 'medium');
      if (usable.some(({ match }) => match === 'matches')) continue;
      if (usable.some(({ match }) => match === 'unseen')) return inconclusive(`${where}: no certificate was seen`);
      const what = `${where} serves a certificate that no TLSA record matches`;
      return isValidated ? fail(what) : fail(`${what}; the resolver did not validate the record with DNSSEC`, 'medium');
    }
    const open = published.find(({ isValidated }) => !isValidated);
    if (open !== undefined)
      return info(`${open.where}: a record matches, but the resolver did not validate it with DNSSEC`);
    return failed?.status === 'failed'
      ? inconclusive(failed.why)
      : pass(`validated by DNSSEC, and matching: ${published.map(({ where }) => where).join(', ')}`);
  },
  examples: [
    { given: {}, then: 'pass' },
    { given: { tlsa: [] }, then: 'not-applicable' },
    { given: { tlsa: [], mx: { status: 'failed', why: 'SERVFAIL' } }, then: 'inconclusive' },
    {
      given: { mx: { status: 'found', records: [{ preference: 10, exchange: 'mx.example.org' }], isValidated: false } },
      then: 'info',
    },
    {
      given: { tlsa: [{ host: 'mx.example.org', port: 25, records: { status: 'failed', why: 'SERVFAIL' } }] },
      then: 'inconclusive',
    },
    ...(
      [
        ['differs', true, 'fail'],
        ['differs', false, 'fail'],
        ['matches', false, 'info'],
        ['unused', true, 'fail'],
        ['unseen', true, 'inconclusive'],
      ] as const
    ).map(([match, isValidated, then]) => ({
      given: {
        tlsa: [
          {
            host: 'mx.example.org',
            port: 25,
            records: {
              status: 'found' as const,
              records: [{ usage: 3, selector: 1, matchingType: 1, match }],
              isValidated,
            },
          },
        ],
      },
      then,
    })),
  ],
});
