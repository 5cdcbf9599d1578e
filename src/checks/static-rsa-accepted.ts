import { acceptedSuites } from '../probes/accepted-suites.js';
import { isOpportunistic } from '../probes/listener.js';
import { cipherSuite } from '../tls/cipher-suites.js';
import { defineCheck, inconclusive, info, pass, warn } from './check.js';
import { takesSuites } from './flaws.js';
import { oneOfEachKind } from './subjects.js';

export default defineCheck({
  id: 'static-rsa-accepted',
  title: 'Suites without forward secrecy are refused',
  why: 'A client that lists nothing better, or is made to, sends its session key under the key of the certificate: a key that is stolen later opens everything that was recorded. Such suites have been broken again and again by what servers answer to forged messages (ROBOT).',
  references: ['RFC 9325 §4.1'],
  severity: 'low',
  intrusiveness: 'passive',
  depth: 'full',
  needs: { suites: acceptedSuites },
  judge: ({ suites: { versions } }, subject) => {
    const all = versions.flatMap(({ version, suites }) => suites.map((each) => ({ version, ...each })));
    const [worst] = all.filter(({ id }) => ['static-rsa', 'static-dh'].some((each) => isOf(id, each)));
    if (all.length === 0) return inconclusive('no suite is accepted at all');
    if (worst === undefined) return pass(`none of ${String(all.length)} suites lacks forward secrecy`);
    const proof = worst.at && { text: worst.suite, at: worst.at };
    return isOpportunistic(subject)
      ? info(
          `${worst.suite} is accepted in ${worst.version}; between servers such a suite is still better than no TLS`,
          { proof },
        )
      : warn(`${worst.suite} is accepted in ${worst.version}`, { proof });
  },
  remedy: {
    'any other server':
      'allow suites with ECDHE or DHE only: with OpenSSL, end its list of ciphers with :!kRSA; with GnuTLS, add :-RSA',
    postfix: 'smtpd_tls_mandatory_exclude_ciphers = kRSA (port 25 may keep them)',
    dovecot: 'ssl_cipher_list = ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM',
    'exim with OpenSSL (exim -bV tells; Debian’s has GnuTLS)': 'tls_require_ciphers = ECDHE:DHE:!aNULL',
    'exim with GnuTLS (Debian)': 'tls_require_ciphers = NORMAL:-RSA',
  },
  byHand: { openssl: '-tls1_2 -cipher kRSA:@SECLEVEL=0' },
  flaw: {
    name: 'takes suites without forward secrecy',
    server: { answersHello: takesSuites(/^TLS_RSA_WITH_AES_128_CBC_SHA$/) },
    then: 'warn',
    onRelay: 'info',
    roles: oneOfEachKind,
  },
  covers: ['srv-tls-cipher-static-rsa', 'srv-tls-cipher-static-dh'],
  examples: [
    { given: { suites: { versions: [{ version: 'TLSv1.3', suites: [{ id: 0x1301, suite: 'A' }] }] } }, then: 'pass' },
    { given: { suites: { versions: [{ version: 'TLSv1.2', suites: [{ id: 0x002f, suite: 'B' }] }] } }, then: 'warn' },
    { given: { suites: { versions: [] } }, then: 'inconclusive' },
  ],
});

const isOf = (id: number, wanted: string): boolean => [...cipherSuite(id).classes].some((each) => each === wanted);
