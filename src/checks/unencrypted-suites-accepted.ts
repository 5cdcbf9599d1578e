import { weakSuites } from '../probes/weak-suites.js';
import { defineCheck, fail, inconclusive, pass } from './check.js';

export default defineCheck({
  id: 'unencrypted-suites-accepted',
  title: 'No suite without encryption is accepted',
  why: 'A NULL suite proves who the server is, and encrypts nothing: everyone on the path reads along in what looks like TLS.',
  references: ['RFC 9325 §4.1', 'RFC 8997'],
  cwe: ['CWE-319', 'CWE-327'],
  severity: 'high',
  intrusiveness: 'passive',
  needs: { weak: weakSuites },
  judge: ({ weak: { accepted, refusal, refusedAt, control, untried } }) => {
    const found = accepted.find(({ classes }) => classes.includes('null'));
    if (found !== undefined)
      return fail(`a client that offers nothing better gets ${found.suite}, which does not encrypt`, {
        proof: found.at && { text: found.suite, at: found.at },
      });
    if (untried !== undefined) return inconclusive(untried);
    const proof = refusedAt && { text: refusal, at: refusedAt };
    return control
      ? pass(`suites without encryption are refused (${refusal})`, { proof })
      : inconclusive(`suites without encryption were refused (${refusal}), but so was everything else`, { proof });
  },
  remedy: {
    'any other server': 'list no suites without encryption: with OpenSSL, end its list of ciphers with :!eNULL',
    postfix: 'smtpd_tls_exclude_ciphers = eNULL, and no eNULL in tls_medium_cipherlist (the default has none)',
    nginx: 'ssl_ciphers HIGH:!aNULL:!MD5;',
    HAProxy: 'ssl-default-bind-ciphers ECDHE+AESGCM:ECDHE+CHACHA20',
    stunnel: 'ciphers = HIGH:!aNULL:!SSLv2:!DH:!kDHEPSK (the default)',
    'Courier with GnuTLS (Debian)': 'TLS_PRIORITY=NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
    Cyrus: 'tls_ciphers: HIGH:!aNULL:!MD5',
    OpenSMTPD: 'smtp ciphers "HIGH:!aNULL:!MD5"',
    'smtp-server (npm)': 'no ciphers of your own: those of Node are right',
    'exim with GnuTLS (Debian)': 'tls_require_ciphers = NORMAL',
    dovecot:
      'ssl_cipher_list = ALL:!kRSA:!SRP:!kDHd:!DSS:!aNULL:!eNULL:!EXPORT:!DES:!3DES:!MD5:!PSK:!RC4:!ADH:!LOW@STRENGTH (the default)',
  },
  byHand: { openssl: '-tls1_2 -cipher eNULL:@SECLEVEL=0' },
  flaw: { name: 'takes suites without encryption', server: { suites: 'ALL:eNULL:@SECLEVEL=0' } },
  covers: ['srv-tls-cipher-null'],
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
      given: { weak: { accepted: [{ suite: 'TLS_ECDHE_ECDSA_WITH_NULL_SHA', classes: ['null'] }], control: true } },
      then: 'fail',
    },
  ],
});
