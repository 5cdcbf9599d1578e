import { defineCertificateCheck } from './certificate-check.js';
import { fail, pass } from './check.js';
import { oneOfEachKind, strangersPort } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-not-for-servers',
  title: 'The certificate may be used by a TLS server',
  why: 'An extended key usage without server authentication (a certificate for clients, for signing mail, for code) makes careful clients refuse the certificate, also one of a trusted authority.',
  references: ['RFC 5280 §4.2.1.12', 'RFC 9325 §7.1'],
  cwe: ['CWE-295'],
  severity: 'high',
  relay: { status: 'warn', because: 'most other servers do not verify it; those that use MTA-STS do' },
  judge: ({ isForServers }) =>
    isForServers
      ? pass('the certificate may be used by a TLS server')
      : fail('the certificate’s extended key usage does not include server authentication'),
  remedy: {
    'any server':
      'a certificate with the extended key usage serverAuth, as every public authority issues it for servers',
  },
  byHand: { openssl: '-showcerts | openssl x509 -noout -ext extendedKeyUsage' },
  flaw: { name: 'shows a certificate for clients', server: { certificate: 'for-clients' }, roles: oneOfEachKind },
  covers: ['srv-cert-eku-ku', 'srv-cert-eku-server'],
  examples: [
    { given: { leaf: { isForServers: true } }, then: 'pass' },
    { given: { leaf: { isForServers: false } }, then: 'fail' },
    { given: { leaf: { isForServers: false } }, on: strangersPort, then: 'warn' },
  ],
});
