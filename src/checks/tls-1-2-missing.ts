import { tls12, tls13 } from '../probes/versions.js';
import { defineCheck, fail, inconclusive, pass, warn } from './check.js';

const remedy = {
  postfix:
    'smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1 (3.6 and later also: >=TLSv1.2); on port 25 smtpd_tls_protocols',
  dovecot: 'ssl_min_protocol = TLSv1.2',
  'exim with OpenSSL (exim -bV tells; Debian’s has GnuTLS)':
    'openssl_options = +no_tlsv1 +no_tlsv1_1, and no +no_tlsv1_2',
  'exim with GnuTLS (Debian)': 'tls_require_ciphers = NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
  'any server': 'no MaxProtocol below TLSv1.2 in the configuration of its OpenSSL (openssl.cnf)',
};

/** A server that speaks TLS 1.3 has a lowest version that is too high, not a highest one that is too low. */
const NEWEST_ONLY = {
  Cyrus: 'tls_versions: tls1_2 tls1_3',
  'Courier with GnuTLS (Debian)': 'TLS_PRIORITY="NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"',
  nginx: 'ssl_protocols TLSv1.2 TLSv1.3;',
  HAProxy: 'ssl-min-ver TLSv1.2 on the bind line',
  stunnel: 'sslVersionMin = TLSv1.2',
  'smtp-server (npm)': "minVersion: 'TLSv1.2'",
  'any server': 'TLS 1.2 as its lowest version, in its own settings and in MinProtocol of its OpenSSL (openssl.cnf)',
};

export default defineCheck({
  id: 'tls-1-2-missing',
  title: 'TLS 1.2 is accepted',
  why: 'TLS 1.2 is what every mail client speaks; without it, and without TLS 1.3, only broken versions are left.',
  references: ['RFC 9051 §11.1', 'RFC 9325 §3.1.1'],
  severity: 'high',
  intrusiveness: 'passive',
  needs: { version: tls12, newer: tls13 },
  judge: ({ version, newer }) => {
    if (version.accepted) return pass('TLS 1.2 is accepted');
    // TLS 1.3 shows its ServerHello before the key is used: without a handshake that completed it proves nothing.
    if (!version.control) return inconclusive('no handshake at all succeeded');
    if (newer.accepted)
      return warn('TLS 1.2 is refused, only TLS 1.3 is spoken: older clients cannot connect', {
        severity: 'low',
        remedy: { ...remedy, ...NEWEST_ONLY },
      });
    return fail(`neither TLS 1.2 nor TLS 1.3 is accepted (${version.detail})`);
  },
  remedy,
  byHand: { openssl: '-tls1_2' },
  flaw: { name: 'speaks TLS 1.1 at most', server: { versions: { oldest: 'TLSv1', newest: 'TLSv1.1' } } },
  covers: ['srv-tls-12'],
  examples: [
    {
      given: {
        version: { accepted: false, detail: 'alert internal_error', control: false },
        newer: { accepted: true, detail: '', control: false },
      },
      then: 'inconclusive',
    },
    {
      given: {
        version: { accepted: true, detail: '', control: true },
        newer: { accepted: true, detail: '', control: true },
      },
      then: 'pass',
    },
    {
      given: {
        version: { accepted: false, detail: '', control: true },
        newer: { accepted: true, detail: '', control: true },
      },
      then: 'warn',
    },
    {
      given: {
        version: { accepted: false, detail: '', control: true },
        newer: { accepted: false, detail: '', control: true },
      },
      then: 'fail',
    },
    {
      given: {
        version: { accepted: false, detail: '', control: false },
        newer: { accepted: false, detail: '', control: false },
      },
      then: 'inconclusive',
    },
  ],
});
