import { defineCertificateCheck } from './certificate-check.js';
import { fail, notApplicable, pass } from './check.js';
import { oneOfEachKind } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-guessable-key',
  title: 'The private key cannot be computed from the certificate',
  why: 'Some hardware and libraries made RSA keys that anybody can factor. An attacker with the private key can impersonate the server.',
  references: ['CA/Browser Forum BR §6.1.1.3', 'RFC 9325 §4.5'],
  cve: ['CVE-2017-15361', 'CVE-2022-26320'],
  cwe: ['CWE-338'],
  severity: 'critical',
  judge: ({ keyType, keyWeakness }) => {
    if (!keyType.startsWith('rsa')) return notApplicable(`the key is ${keyType.toUpperCase()}, not RSA`);
    return keyWeakness === undefined
      ? pass('the RSA key has none of the known weaknesses (close primes, ROCA)')
      : fail(`the RSA key can be factored (${keyWeakness})`);
  },
  remedy: { 'any server': 'make a new key with a current OpenSSL or GnuTLS, and revoke the old certificate' },
  byHand: 'not with common tools',
  flaw: { name: 'has a key with close primes', server: { certificate: 'guessable-key' }, roles: oneOfEachKind },
  covers: ['srv-cert-key'],
  examples: [
    { given: { leaf: { keyType: 'rsa' } }, then: 'pass' },
    { given: { leaf: { keyType: 'rsa', keyWeakness: 'ROCA' } }, then: 'fail' },
    { given: { leaf: { keyType: 'rsa', keyWeakness: 'close primes' } }, then: 'fail' },
    { given: { leaf: { keyType: 'ec' } }, then: 'not-applicable' },
  ],
});
