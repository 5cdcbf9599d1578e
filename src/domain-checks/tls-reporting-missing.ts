import { defineDomainCheck, fail, inconclusive, info, pass } from './domain-check.js';

export default defineDomainCheck({
  id: 'tls-reporting-invalid',
  title: 'Senders are told where to report failures of TLS (TLS-RPT)',
  why: 'Without reports nobody learns that senders cannot deliver, or that an attacker removes STARTTLS on the path.',
  references: ['RFC 8460 §3'],
  severity: 'low',
  remedy: 'publish one TXT record _smtp._tls: v=TLSRPTv1; rua=mailto:tls-reports@DOMAIN',
  covers: ['srv-tlsrpt'],
  judge: ({ tlsRpt }) => {
    if (tlsRpt.status === 'failed') return inconclusive(tlsRpt.why);
    if (tlsRpt.status === 'none') return info('there is no TLS-RPT record');
    const [record = ''] = tlsRpt.records;
    if (tlsRpt.records.length > 1)
      return fail('there are several TLS-RPT records; senders then act as if there were none');
    return /^v=TLSRPTv1\s*;\s*rua=(?:mailto:[^\s,;]+@[^\s,;]+|https:\/\/[^\s,;]+)(?:\s*,|\s*;|\s*$)/.test(record)
      ? pass(record)
      : fail(`the record is not valid: ${record}`);
  },
  examples: [
    { given: {}, then: 'pass' },
    { given: { tlsRpt: { status: 'none' } }, then: 'info' },
    { given: { tlsRpt: { status: 'failed', why: 'SERVFAIL' } }, then: 'inconclusive' },
    { given: { tlsRpt: { status: 'found', records: ['v=TLSRPTv1; rua=nobody'], isValidated: true } }, then: 'fail' },
    {
      given: {
        tlsRpt: {
          status: 'found',
          records: ['v=TLSRPTv1; rua=mailto:a@b.example', 'v=TLSRPTv1; rua=mailto:c@b.example'],
          isValidated: true,
        },
      },
      then: 'fail',
    },
  ],
});
