import bsiTr021022 from './bsi-tr-02102-2.js';
import { defineProfile, type ProfileRule } from './profile.js';

/** A rule of TR-02102-2, which TR-03116-4 §2.1 asks for. */
const ofTr02102 = (id: string): ProfileRule[] =>
  bsiTr021022.rules
    .filter((rule) => rule.id === id)
    .map((rule) => ({ ...rule, section: `TR-03116-4 §2.1, TR-02102-2 ${rule.section}` }));

/**
 * The texts of TR-03108 2.0 (1 June 2023) and of TR-03116-4 (March 2023), which it names for the configuration of TLS, were read; the
 * latter names chapter 3 of TR-02102-2, of which edition 2025-01 is used here.
 */
export default defineProfile({
  id: 'bsi-tr-03108',
  title: 'BSI TR-03108, secure e-mail transport',
  version: '2.0',
  kind: 'guideline',
  source: 'https://www.bsi.bund.de/dok/TR-03108',
  leavesOut:
    'mail that the server sends (TR-03108-04-M, -06-M, -08-R, -09-M); webmail; security concept, data protection and other duties (-13-M to -16-M); whether SUBMISSIONS, IMAPS and POP3S are offered, and named in SRV records and configuration files; the suites that must be offered (TR-03116-4, table 2); sessions longer than 48 hours; without --domain, also DANE, MTA-STS and TLS-RPT',
  rules: [
    {
      id: 'no-login-in-clear',
      section: 'TR-03108-01-M',
      says: 'mail programs and the server exchange data only inside TLS',
      level: 'must',
      on: 'users',
      requires: {
        kind: 'checks',
        ids: ['login-accepted-before-tls', 'mail-accepted-before-tls', 'mailbox-open-before-tls'],
      },
    },
    {
      id: 'starttls-for-users',
      section: 'TR-03108-02-R',
      says: 'STARTTLS works on the ports that are kept for older mail programs',
      level: 'should',
      on: 'users',
      requires: { kind: 'checks', ids: ['starttls-not-advertised', 'starttls-refused', 'starttls-unusable'] },
    },
    {
      id: 'starttls-inbound',
      section: 'TR-03108-03-M',
      says: 'other servers can deliver mail with STARTTLS',
      level: 'must',
      on: 'servers',
      requires: { kind: 'checks', ids: ['starttls-not-advertised', 'starttls-refused', 'starttls-unusable'] },
    },
    {
      id: 'versions',
      section: 'TR-03116-4 §2.1.1',
      says: 'TLS 1.2 is accepted, older versions are refused',
      level: 'must',
      requires: { kind: 'versions', required: ['TLSv1.2'], refused: ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1'] },
    },
    {
      id: 'tls-1-3',
      section: 'TR-03116-4 §2.1.1',
      says: 'TLS 1.3 is accepted',
      level: 'should',
      requires: { kind: 'versions', required: ['TLSv1.3'] },
    },
    ...ofTr02102('suites-1-2'),
    ...ofTr02102('suites-1-3'),
    ...ofTr02102('groups'),
    {
      id: 'curve-nist',
      section: 'TR-03116-4 §2.2.2, §2.3.3',
      says: 'key exchange: P-256 is accepted',
      level: 'must',
      requires: { kind: 'one-group', of: ['secp256r1'] },
    },
    {
      id: 'curve-brainpool',
      section: 'TR-03116-4 §2.2.2, §2.3.3',
      says: 'key exchange: brainpoolP256r1 is accepted',
      level: 'must',
      requires: { kind: 'one-group', of: ['brainpoolP256r1', 'brainpoolP256r1tls13'] },
    },
    ...ofTr02102('dh'),
    ...ofTr02102('signatures'),
    ...ofTr02102('key'),
    ...ofTr02102('certificate-signatures'),
    ...ofTr02102('secure-renegotiation'),
    ...ofTr02102('compression'),
    {
      id: 'authority',
      section: 'TR-03108-12-R',
      says: 'the certificate is trusted, valid, and for this name (waxseal does not check whether its authority is certified)',
      level: 'should',
      requires: { kind: 'checks', ids: ['certificate-untrusted', 'certificate-wrong-name', 'certificate-out-of-date'] },
    },
    {
      id: 'dane',
      section: 'TR-03108-05-M',
      says: 'TLSA records (DANE) are published, signed with DNSSEC, and match',
      level: 'must',
      on: 'domain',
      requires: { kind: 'passes', ids: ['tlsa-mismatch'] },
    },
    {
      id: 'mta-sts',
      section: 'TR-03108-07-R',
      says: 'an MTA-STS policy is published and enforced, and the MX hosts meet it',
      level: 'should',
      on: 'domain',
      requires: { kind: 'passes', ids: ['mta-sts-policy-missing', 'mta-sts-mx-fails'] },
    },
    {
      id: 'tls-reports',
      section: 'TR-03108-10-M',
      says: 'a TLS-RPT record asks for reports',
      level: 'must',
      on: 'domain',
      requires: { kind: 'passes', ids: ['tls-reporting-invalid'] },
    },
  ],
});
