import { certificates, chainFor } from '../probes/certificates.js';
import { isOpportunistic } from '../probes/listener.js';
import { defineCheck, fail, inconclusive, notApplicable, pass, warn } from './check.js';
import { usersPort } from './subjects.js';

export default defineCheck({
  id: 'certificate-out-of-date',
  title: 'The certificate is valid today, and for some days more',
  why: 'Clients refuse an expired certificate, and their users learn to go on all the same.',
  references: ['RFC 5280 §4.1.2.5', 'RFC 8314 §5.1'],
  cwe: ['CWE-298'],
  severity: 'high',
  intrusiveness: 'passive',
  depth: 'quick',
  perName: true,
  needs: { chains: certificates },
  judge: ({ chains }, subject) => {
    const facts = chainFor(chains, subject.host);
    if (facts === undefined) return inconclusive('there was no handshake under this name');
    if (facts.leaf === undefined) return notApplicable('the certificate cannot be read');
    const { validity, notBefore, notAfter, daysLeft, daysInAll } = facts.leaf;
    const wrong = isOpportunistic(subject) ? warn : fail;
    if (validity === 'expired') return wrong(`the certificate expired on ${notAfter.slice(0, 10)}`);
    if (validity === 'not-yet-valid') return wrong(`the certificate is not valid before ${notBefore.slice(0, 10)}`);
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
    { name: 'shows an expired certificate', server: { certificate: 'expired' }, onRelay: 'warn' },
    { name: 'shows a certificate of the future', server: { certificate: 'not-yet-valid' }, onRelay: 'warn' },
  ],
  covers: ['srv-cert-validity'],
  examples: [
    {
      given: {
        chains: [
          {
            name: 'h',
            chain: { leaf: { validity: 'valid', notBefore: '', notAfter: '2027-01-01', daysLeft: 60, daysInAll: 90 } },
          },
        ],
      },
      on: { host: 'h', ...usersPort },
      then: 'pass',
    },
    {
      given: {
        chains: [
          {
            name: 'h',
            chain: { leaf: { validity: 'valid', notBefore: '', notAfter: '2027-01-01', daysLeft: 3, daysInAll: 6 } },
          },
        ],
      },
      on: { host: 'h', ...usersPort },
      then: 'pass',
    },
    {
      given: {
        chains: [
          {
            name: 'h',
            chain: { leaf: { validity: 'valid', notBefore: '', notAfter: '2027-01-01', daysLeft: 9, daysInAll: 90 } },
          },
        ],
      },
      on: { host: 'h', ...usersPort },
      then: 'warn',
    },
    {
      given: {
        chains: [
          {
            name: 'h',
            chain: {
              leaf: { validity: 'expired', notBefore: '', notAfter: '2020-01-01', daysLeft: -9, daysInAll: 90 },
            },
          },
        ],
      },
      on: { host: 'h', ...usersPort },
      then: 'fail',
    },
    {
      given: {
        chains: [
          {
            name: 'h',
            chain: {
              leaf: { validity: 'not-yet-valid', notBefore: '2099-01-01', notAfter: '', daysLeft: 9, daysInAll: 90 },
            },
          },
        ],
      },
      on: { host: 'h', ...usersPort },
      then: 'fail',
    },
  ],
});

const SOON = 14;
