import { defineDomainCheck, inconclusive, info, pass } from './domain-check.js';

export default defineDomainCheck({
  id: 'caa-missing',
  title: 'CAA records say which authorities may issue certificates',
  why: 'Without CAA records every public authority may issue a certificate for the domain, also one that an attacker has deceived.',
  references: ['RFC 8659 §3', 'RFC 8659 §4.2'],
  severity: 'info',
  remedy: 'publish a CAA record with the tag issue for each authority in use',
  covers: ['srv-cert-caa'],
  judge: ({ caa }) => {
    if (caa.status === 'failed') return inconclusive(caa.why);
    if (caa.status === 'none') return info('there are no CAA records');
    // Others are about wildcards or reports, and leave it open who may issue (RFC 8659 §4.2 and §4.3).
    if (!caa.records.some(({ tag }) => tag.toLowerCase() === 'issue'))
      return info(`no CAA record has the tag issue: ${said(caa.records)}`);
    return pass(said(caa.records));
  },
  examples: [
    { given: {}, then: 'pass' },
    { given: { caa: { status: 'none' } }, then: 'info' },
    {
      given: {
        caa: { status: 'found', records: [{ tag: 'iodef', value: 'mailto:a@example.org' }], isValidated: true },
      },
      then: 'info',
    },
    {
      given: { caa: { status: 'found', records: [{ tag: 'issuewild', value: ';' }], isValidated: true } },
      then: 'info',
    },
    // No authority at all.
    { given: { caa: { status: 'found', records: [{ tag: 'Issue', value: ';' }], isValidated: true } }, then: 'pass' },
    { given: { caa: { status: 'failed', why: 'SERVFAIL' } }, then: 'inconclusive' },
  ],
});

const said = (records: readonly { readonly tag: string; readonly value: string }[]): string =>
  records.map(({ tag, value }) => `${tag} ${value}`.trim()).join(', ');
