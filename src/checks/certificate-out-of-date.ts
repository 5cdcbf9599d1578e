import { defineCertificateCheck } from './certificate-check.js';
import { fail, pass, warn } from './check.js';
import { strangersPort } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-out-of-date',
  title: 'The certificate is valid today, and for some days more',
  why: 'Clients refuse an expired certificate, or warn, and users get used to ignoring the warning.',
  references: ['RFC 5280 §4.1.2.5', 'RFC 8314 §5.3'],
  cwe: ['CWE-298'],
  severity: 'high',
  relay: { status: 'warn' },
  judge: ({ validity, notBefore, notAfter, daysLeft, daysInAll }) => {
    if (validity === 'expired') return fail(`the certificate expired on ${notAfter.slice(0, 10)}`);
    if (validity === 'not-yet-valid') return fail(`the certificate is not valid before ${notBefore.slice(0, 10)}`);
    // Short-lived certificates are renewed late in their life: a third of it is time enough.
    if (daysLeft < Math.min(SOON, daysInAll / 3))
      return warn(`the certificate expires in ${String(daysLeft)} days, on ${notAfter.slice(0, 10)}`, {
        severity: 'medium',
      });
    return pass(`the certificate is valid for ${String(daysLeft)} days more`);
  },
  remedy: { 'any server': 'renew it, automate that, and reload the server afterwards: postfix reload, doveadm reload' },
  byHand: { openssl: '-showcerts | openssl x509 -noout -dates' },
  flaw: [
    { name: 'shows an expired certificate', server: { certificate: 'expired' } },
    { name: 'shows a certificate that is not valid yet', server: { certificate: 'not-yet-valid' } },
  ],
  covers: ['srv-cert-validity'],
  examples: [
    { given: { leaf: { validity: 'valid', notAfter: '2027-01-01', daysLeft: 60, daysInAll: 90 } }, then: 'pass' },
    { given: { leaf: { validity: 'valid', notAfter: '2027-01-01', daysLeft: 3, daysInAll: 6 } }, then: 'pass' },
    { given: { leaf: { validity: 'valid', notAfter: '2027-01-01', daysLeft: 9, daysInAll: 90 } }, then: 'warn' },
    { given: { leaf: { validity: 'expired', notAfter: '2020-01-01', daysLeft: -9 } }, then: 'fail' },
    { given: { leaf: { validity: 'expired', notAfter: '2020-01-01', daysLeft: -9 } }, on: strangersPort, then: 'warn' },
    { given: { leaf: { validity: 'not-yet-valid', notBefore: '2099-01-01', daysLeft: 9 } }, then: 'fail' },
  ],
});

const SOON = 14;
