import { getDiffieHellman } from 'node:crypto';
import { dhParameters } from '../probes/dh-parameters.js';
import { defineCheck, fail, inconclusive, pass, warn } from './check.js';
import { takesSuites } from './flaws.js';
import { usersPort } from './subjects.js';

export default defineCheck({
  id: 'dh-weak',
  title: 'Classic Diffie-Hellman (DHE) is strong, or not offered',
  why: 'One computation breaks all servers that use the same prime of 1024 bits or fewer (Logjam); a number that is not prime may protect nothing.',
  references: ['RFC 9325 §4.1', 'RFC 7919', 'RFC 8270'],
  cve: ['CVE-2015-4000'],
  cwe: ['CWE-326'],
  severity: 'medium',
  relay: { status: 'info', because: 'between servers a weak prime is still better than no TLS' },
  intrusiveness: 'passive',
  needs: { dh: dhParameters },
  judge: ({ dh: { suite, bits = 0, name = 'unknown', isPrime, refusal = 'no answer', control, at } }) => {
    if (suite === undefined)
      return control
        ? pass(`DHE is refused (${refusal})`)
        : inconclusive(`DHE was refused (${refusal}), but so was everything else`);
    const text = `${String(bits)} bits, ${name === 'unknown' ? 'a prime of the server’s own' : name}`;
    const proof = at && { text: `${suite}, ${text}`, at };
    if (isPrime === false)
      return fail(`the modulus of DHE (${String(bits)} bits) is not prime`, { severity: 'high', proof });
    if (isPrime === undefined)
      return inconclusive(`the modulus of DHE has ${String(bits)} bits: too large to test whether it is prime`);
    if (bits < BROKEN_BITS)
      return fail(`the prime of DHE has ${text}: it can be broken today`, { severity: 'high', proof });
    if (bits < LEAST_BITS) return fail(`the prime of DHE has ${text}, fewer than ${String(LEAST_BITS)}`, { proof });
    if (name.startsWith('RFC 5114'))
      return warn(`the prime of DHE is from ${name}, which does not say how it was chosen`, { severity: 'low', proof });
    return pass(`the prime of DHE has ${text}`, { proof });
  },
  remedy: {
    postfix: 'smtpd_tls_dh1024_param_file = auto (the default since 3.7), or a file made with openssl dhparam 2048',
    'dovecot 2.3': 'ssl_dh = </etc/dovecot/dh.pem, made with openssl dhparam 2048',
    'dovecot 2.4': 'no ssl_server_dh_file: ECDHE is enough',
    nginx: 'ssl_dhparam FILE; made with openssl dhparam 2048, or none',
    Cyrus: 'tls_ciphers: DEFAULT:!DHE',
    'HAProxy, stunnel': 'no DH PARAMETERS of 1024 bits in the file that crt (HAProxy) or cert (stunnel) names',
    'exim with OpenSSL (exim -bV tells; Debian’s has GnuTLS)':
      'tls_dhparam = historic is wrong; the default (ffdhe2048) is right',
    'any server': 'parameters of 2048 bits or more, such as ffdhe2048, or no DHE at all',
  },
  byHand: { openssl: '-tls1_2 -cipher DHE:@SECLEVEL=0' },
  flaw: [
    {
      name: 'has a prime of 1024 bits',
      server: {
        answersHello: (hello) => {
          const order = takesSuites(/^TLS_DHE_RSA_WITH_AES/)(hello);
          return order && { ...order, exchange: { kind: 'dhe', prime: getDiffieHellman('modp2').getPrime() } };
        },
      },
    },
    {
      name: 'has a modulus that is not prime',
      server: {
        answersHello: (hello) => {
          const order = takesSuites(/^TLS_DHE_RSA_WITH_AES/)(hello);
          return (
            order && {
              ...order,
              exchange: { kind: 'dhe', prime: Buffer.concat([Buffer.alloc(255, 0xff), Buffer.from([0xfd])]) },
            }
          );
        },
      },
      roles: [usersPort.role],
    },
  ],
  covers: ['srv-tls-dh', 'srv-tls-logjam'],
  examples: [
    { given: { dh: { refusal: 'alert handshake_failure', control: true } }, then: 'pass' },
    { given: { dh: { refusal: 'closed', control: false } }, then: 'inconclusive' },
    { given: { dh: { suite: 'DHE', bits: 2048, name: 'ffdhe2048', isPrime: true, control: true } }, then: 'pass' },
    {
      given: { dh: { suite: 'DHE', bits: 1024, name: 'RFC 2409 group 2', isPrime: true, control: true } },
      then: 'fail',
    },
    {
      given: { dh: { suite: 'DHE', bits: 512, name: 'unknown', isPrime: true, control: true } },
      then: 'fail',
      severity: 'high',
    },
    {
      given: { dh: { suite: 'DHE', bits: 2048, name: 'unknown', isPrime: false, control: true } },
      then: 'fail',
      severity: 'high',
    },
    { given: { dh: { suite: 'DHE', bits: 16_384, name: 'unknown', control: true } }, then: 'inconclusive' },
    {
      given: { dh: { suite: 'DHE', bits: 2048, name: 'RFC 5114 2048 bits', isPrime: true, control: true } },
      then: 'warn',
    },
  ],
});

const LEAST_BITS = 2048;
/** Academic teams break primes of this size. */
const BROKEN_BITS = 1000;
