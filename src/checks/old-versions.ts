import type { Probe } from '../probes/probe.js';
import { tls10, tls11, type VersionFacts } from '../probes/versions.js';
import { defineCheck, fail, inconclusive, pass, type Check } from './check.js';
import { strangersPort, usersPort } from './subjects.js';

/** An outdated version that is refused, as it should be. */
const defineOldVersion = (
  number: '1.0' | '1.1',
  needed: Probe<VersionFacts>,
  frame: { readonly oldest: 'TLSv1' | 'TLSv1.1'; readonly openssl: string; readonly covers: string },
): Check =>
  defineCheck({
    id: `tls-${number.replace('.', '-')}-accepted`,
    title: `TLS ${number} is refused`,
    why: `TLS ${number} is broken in ways that cannot be configured away; an attacker on the path can force clients down to it.`,
    references: ['RFC 8996', 'RFC 8997', 'RFC 9325 §3.1.1'],
    cwe: ['CWE-326', 'CWE-327'],
    severity: 'medium',
    // A relay that refuses old versions gets the same mail in the clear.
    relay: { status: 'info', because: 'between servers old TLS is still better than none' },
    intrusiveness: 'passive',
    needs: { version: needed },
    judge: ({ version: { accepted, detail, control, at } }) => {
      const proof = at && { text: detail, at };
      if (accepted) return fail(`TLS ${number} is accepted`, { proof });
      return control
        ? pass(`TLS ${number} is refused (${detail})`, { proof })
        : inconclusive(`TLS ${number} was refused (${detail}), but so was everything else`, { proof });
    },
    remedy: {
      postfix:
        'smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1 (3.6 and later also: >=TLSv1.2), for services with smtpd_tls_security_level=encrypt; port 25 may keep its old versions',
      'dovecot 2.3': 'ssl_min_protocol = TLSv1.2',
      'dovecot 2.4': 'ssl_min_protocol = TLSv1.2 (the default)',
      'exim with OpenSSL': 'openssl_options = +no_tlsv1 +no_tlsv1_1',
      'exim with GnuTLS (Debian)': 'tls_require_ciphers = NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
    },
    byHand: { openssl: frame.openssl },
    flaw: { name: `accepts TLS ${number}`, server: { versions: { oldest: frame.oldest } } },
    covers: [frame.covers],
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

export default [
  defineOldVersion('1.0', tls10, {
    oldest: 'TLSv1',
    openssl: '-tls1 -cipher DEFAULT:@SECLEVEL=0',
    covers: 'srv-tls-10',
  }),
  defineOldVersion('1.1', tls11, {
    oldest: 'TLSv1.1',
    openssl: '-tls1_1 -cipher DEFAULT:@SECLEVEL=0',
    covers: 'srv-tls-11',
  }),
];
