import { tls11 } from '../probes/versions.js';
import { defineCheck } from './check.js';
import { oldVersionVerdict } from './version-verdict.js';
import { strangersPort, usersPort } from './subjects.js';

export default defineCheck({
  id: 'tls-1-1-accepted',
  title: 'TLS 1.1 is refused',
  why: 'TLS 1.1 is broken in ways that cannot be configured away; an attacker on the path can force clients down to it.',
  references: ['RFC 8996', 'RFC 8997', 'RFC 9325 §3.1.1'],
  cwe: ['CWE-326', 'CWE-327'],
  severity: 'medium',
  intrusiveness: 'passive',
  needs: { version: tls11 },
  judge: ({ version }, subject) => oldVersionVerdict('TLS 1.1', version, subject),
  remedy: {
    postfix:
      'smtpd_tls_mandatory_protocols = >=TLSv1.2, and smtpd_tls_protocols = >=TLSv1.2 on port 25 if no old server must be served',
    'dovecot 2.3': 'ssl_min_protocol = TLSv1.2',
    'dovecot 2.4': 'ssl_min_protocol = TLSv1.2 (the default)',
    exim: 'openssl_options = +no_tlsv1 +no_tlsv1_1',
  },
  byHand: { openssl: '-tls1_1 -cipher DEFAULT:@SECLEVEL=0' },
  flaw: { name: 'accepts TLS 1.1', server: { versions: { oldest: 'TLSv1.1' } }, onRelay: 'info' },
  covers: ['srv-tls-11'],
  examples: [
    {
      given: { version: { accepted: false, detail: 'alert protocol_version', control: true } },
      on: usersPort,
      then: 'pass',
    },
    {
      given: { version: { accepted: false, detail: 'closed', control: false } },
      on: usersPort,
      then: 'inconclusive',
    },
    { given: { version: { accepted: true, detail: '', control: true } }, on: usersPort, then: 'fail' },
    { given: { version: { accepted: true, detail: '', control: true } }, on: strangersPort, then: 'info' },
  ],
});
