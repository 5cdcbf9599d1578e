import { tls10, tls11 } from '../probes/versions.js';
import { defineVersionCheck, type VersionCheck } from './version-check.js';

/** What the outdated versions have in common. */
const outdated = (version: 'TLS 1.0' | 'TLS 1.1'): Omit<VersionCheck, 'probe' | 'byHand' | 'server' | 'covers'> => ({
  version,
  why: `${version} is broken in ways that cannot be configured away; an attacker on the path can force clients down to it.`,
  references: ['RFC 8996', 'RFC 8997', 'RFC 9325 §3.1.1'],
  severity: 'medium',
  // A relay that refuses old versions gets the same mail in the clear.
  relay: { status: 'info', because: 'between servers old TLS is still better than none' },
  remedy: {
    'any other server':
      'make TLS 1.2 its lowest version; where it has no such setting, that of its TLS library (openssl.cnf: MinProtocol = TLSv1.2; GnuTLS: NORMAL:-VERS-TLS1.0:-VERS-TLS1.1)',
    postfix:
      'smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1 (3.6 and later also: >=TLSv1.2), for services with smtpd_tls_security_level=encrypt; port 25 may keep its old versions',
    dovecot: 'ssl_min_protocol = TLSv1.2',
    nginx: 'ssl_protocols TLSv1.2 TLSv1.3;',
    HAProxy: 'ssl-default-bind-options ssl-min-ver TLSv1.2',
    stunnel: 'sslVersionMin = TLSv1.2',
    'Courier with GnuTLS (Debian)': 'TLS_PRIORITY=NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
    Cyrus: 'tls_versions: tls1_2 tls1_3',
    'smtp-server (npm)': "minVersion: 'TLSv1.2'",
    OpenSMTPD: 'smtp ciphers "HIGH:!aNULL:!MD5", without SECLEVEL=0',
    'exim with OpenSSL (exim -bV tells; Debian’s has GnuTLS)': 'openssl_options = +no_tlsv1 +no_tlsv1_1',
    'exim with GnuTLS (Debian)': 'tls_require_ciphers = NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
  },
});

export default [
  defineVersionCheck({
    ...outdated('TLS 1.0'),
    probe: tls10,
    byHand: { openssl: '-tls1 -cipher DEFAULT:@SECLEVEL=0' },
    server: { versions: { oldest: 'TLSv1' } },
    covers: ['srv-tls-10'],
  }),
  defineVersionCheck({
    ...outdated('TLS 1.1'),
    probe: tls11,
    byHand: { openssl: '-tls1_1 -cipher DEFAULT:@SECLEVEL=0' },
    server: { versions: { oldest: 'TLSv1.1' } },
    covers: ['srv-tls-11'],
  }),
];
