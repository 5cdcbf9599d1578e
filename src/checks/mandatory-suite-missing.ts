import { acceptedSuites } from '../probes/accepted-suites.js';
import { cipherSuite } from '../tls/cipher-suites.js';
import { defineCheck, notApplicable, pass, warn } from './check.js';
import { oneOfEachKind } from './subjects.js';

export default defineCheck({
  id: 'mandatory-suite-missing',
  title: 'The suite that every client has is accepted in TLS 1.2',
  why: 'All clients of TLS 1.2 should have one suite in common: ECDHE with AES-128-GCM (RFC 9325, IMAP4rev2). Small clients have no other.',
  references: ['RFC 9051 §11.1', 'RFC 9325 §4.2'],
  severity: 'low',
  intrusiveness: 'passive',
  depth: 'full',
  needs: { suites: acceptedSuites },
  judge: ({ suites: { versions } }) => {
    const suites = versions.find(({ version }) => version === 'TLSv1.2')?.suites ?? [];
    const identities = ['RSA', 'ECDSA'].filter((kind) =>
      suites.some(({ suite }) => suite.startsWith(`TLS_ECDHE_${kind}_`)),
    );
    if (suites.length === 0) return notApplicable('TLS 1.2 is not accepted');
    const missing = (identities.length === 0 ? ['RSA'] : identities)
      .map((kind) => `TLS_ECDHE_${kind}_WITH_AES_128_GCM_SHA256`)
      .filter((name) => !suites.some(({ suite }) => suite === name));
    return missing.length === 0
      ? pass('ECDHE with AES-128-GCM is accepted')
      : warn(`${missing.join(', ')} is refused: small clients cannot connect, or only with something weaker`);
  },
  remedy: {
    'any other server': 'allow ECDHE with AES-128-GCM in its list of ciphers',
    postfix: 'no AES128 or ECDHE in smtpd_tls_exclude_ciphers; tls_high_cipherlist as it is by default',
    dovecot: 'no ssl_cipher_list of your own',
    'exim with GnuTLS (Debian)': 'tls_require_ciphers = NORMAL',
  },
  byHand: { openssl: '-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256' },
  flaw: {
    name: 'knows AES-256 only',
    server: { suites: 'ECDHE+AES256:@SECLEVEL=0' },
    then: 'warn',
    roles: oneOfEachKind,
  },
  covers: ['srv-tls-mti'],
  examples: [
    {
      given: {
        suites: { versions: [{ version: 'TLSv1.2', suites: [{ id: 0xc02f, suite: cipherSuite(0xc02f).name }] }] },
      },
      then: 'pass',
    },
    {
      given: {
        suites: { versions: [{ version: 'TLSv1.2', suites: [{ id: 0xc030, suite: cipherSuite(0xc030).name }] }] },
      },
      then: 'warn',
    },
    { given: { suites: { versions: [{ version: 'TLSv1.3', suites: [] }] } }, then: 'not-applicable' },
  ],
});
