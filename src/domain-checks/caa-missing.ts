import { defineDomainCheck, inconclusive, info, pass } from './domain-check.js';

export default defineDomainCheck({
  id: 'caa-missing',
  title: 'CAA records say which authorities may issue certificates',
  why: 'Without CAA records every public authority may issue a certificate for the domain, also one that an attacker has deceived.',
  references: ['RFC 8659 §3'],
  severity: 'info',
  remedy: 'publish a CAA record with the tag issue for each authority in use',
  covers: ['srv-cert-caa'],
  judge: ({ caa }) => {
    if (caa.status === 'failed') return inconclusive(caa.why);
    if (caa.status === 'none') return info('there are no CAA records');
    return pass(caa.records.map(({ tag, value }) => `${tag} ${value}`.trim()).join(', '));
  },
  examples: [
    { given: {}, then: 'pass' },
    { given: { caa: { status: 'none' } }, then: 'info' },
    { given: { caa: { status: 'failed', why: 'SERVFAIL' } }, then: 'inconclusive' },
  ],
});
