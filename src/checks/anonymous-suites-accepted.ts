import { weakSuites } from '../probes/weak-suites.js';
import { defineCheck, fail, inconclusive, pass } from './check.js';

export default defineCheck({
  id: 'anonymous-suites-accepted',
  title: 'No handshake succeeds without a certificate',
  why: 'An anonymous suite has no certificate: anybody on the path can be the server. Careful clients never offer one, careless ones do.',
  references: ['RFC 5246 §F.1.1.1', 'RFC 9325 §4.2'],
  cwe: ['CWE-322'],
  severity: 'high',
  relay: { status: 'info', because: 'between servers hardly anybody verifies certificates' },
  intrusiveness: 'passive',
  needs: { weak: weakSuites },
  judge: ({ weak: { accepted, refusal, refusedAt, control, untried } }) => {
    const found = accepted.find(({ classes }) => classes.includes('anon'));
    if (found !== undefined)
      return fail(`a client that offers nothing better gets ${found.suite}, which has no certificate`, {
        proof: found.at && { text: found.suite, at: found.at },
      });
    if (untried !== undefined) return inconclusive(untried);
    const proof = refusedAt && { text: refusal, at: refusedAt };
    return control
      ? pass(`anonymous suites are refused (${refusal})`, { proof })
      : inconclusive(`anonymous suites were refused (${refusal}), but so was everything else`, { proof });
  },
  remedy: {
    'any other server': 'list no anonymous suites: with OpenSSL, end its list of ciphers with :!aNULL',
    postfix: 'master.cf, submission and submissions: -o smtpd_tls_exclude_ciphers=aNULL',
    nginx: 'ssl_ciphers HIGH:!aNULL:!MD5;',
    HAProxy: 'ssl-default-bind-ciphers ECDHE+AESGCM:ECDHE+CHACHA20',
    stunnel: 'ciphers = HIGH:!aNULL:!SSLv2:!DH:!kDHEPSK (the default)',
    'Courier with GnuTLS (Debian)': 'TLS_PRIORITY=NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
    Cyrus: 'tls_ciphers: HIGH:!aNULL:!MD5',
    OpenSMTPD: 'smtp ciphers "HIGH:!aNULL:!MD5"',
    'smtp-server (npm)': 'no ciphers of your own: those of Node are right',
    dovecot:
      'ssl_cipher_list = ALL:!kRSA:!SRP:!kDHd:!DSS:!aNULL:!eNULL:!EXPORT:!DES:!3DES:!MD5:!PSK:!RC4:!ADH:!LOW@STRENGTH (the default)',
  },
  byHand: { openssl: '-tls1_2 -cipher aNULL:@SECLEVEL=0' },
  flaw: { name: 'takes anonymous suites', server: { suites: 'ALL:@SECLEVEL=0' } },
  covers: ['srv-anonymous-suites', 'srv-tls-cipher-anon'],
  examples: [
    { given: { weak: { accepted: [], refusal: 'alert handshake_failure', control: true } }, then: 'pass' },
    { given: { weak: { accepted: [], refusal: 'closed', control: false } }, then: 'inconclusive' },
    {
      given: {
        weak: {
          accepted: [{ suite: 'TLS_X', classes: ['idea'] }],
          refusal: '',
          untried: 'not tried: connection limit reached',
          control: true,
        },
      },
      then: 'inconclusive',
    },
    {
      given: {
        weak: { accepted: [{ suite: 'TLS_DH_anon_WITH_AES_256_GCM_SHA384', classes: ['anon'] }], control: false },
      },
      then: 'fail',
    },
  ],
});
