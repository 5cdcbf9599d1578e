import { fallback } from '../probes/fallback.js';
import { defineCheck, fail, notApplicable, pass } from './check.js';
import { usersPort } from './subjects.js';

export default defineCheck({
  id: 'fallback-unprotected',
  title: 'A client that falls back to an older version without need is refused',
  why: 'Some clients try an older version of TLS after a handshake failed, and an attacker can make it fail. Such a client marks its next ClientHello (TLS_FALLBACK_SCSV); a server that knows a newer version must refuse it.',
  references: ['RFC 7507 §3', 'RFC 9325 §3.1.3'],
  cwe: ['CWE-757'],
  severity: 'low',
  relay: { status: 'info', because: 'between servers an attacker can remove TLS altogether' },
  intrusiveness: 'passive',
  needs: { fallback },
  judge: ({ fallback: { offered, served, detail = '', at } }) => {
    if (offered === undefined) return notApplicable('there is no older version to fall back to');
    const proof = at && { text: detail, at };
    return served === true
      ? fail(`a client that falls back to ${offered} is accepted, though both know a newer version`, { proof })
      : pass(`a client that falls back to ${offered} is refused (${detail})`, { proof });
  },
  remedy: {
    'any server': 'no versions older than TLS 1.2; else update its TLS library (OpenSSL 1.0.1j, GnuTLS 3.4, or later)',
  },
  byHand: { openssl: '-tls1_1 -fallback_scsv -cipher DEFAULT:@SECLEVEL=0' },
  flaw: {
    name: 'serves a client that fell back without need',
    server: {
      versions: { oldest: 'TLSv1' },
      answersHello: ({ cipherSuites, versions }) =>
        cipherSuites.includes(FALLBACK) && !versions.includes('TLSv1.2') ? {} : undefined,
    },
  },
  covers: ['srv-tls-fallback-scsv'],
  examples: [
    { given: { fallback: {} }, then: 'not-applicable' },
    {
      given: { fallback: { offered: 'TLSv1.1', served: false, detail: 'alert inappropriate_fallback' } },
      on: usersPort,
      then: 'pass',
    },
    { given: { fallback: { offered: 'TLSv1', served: true, detail: 'TLSv1' } }, on: usersPort, then: 'fail' },
  ],
});

const FALLBACK = 0x5600;
