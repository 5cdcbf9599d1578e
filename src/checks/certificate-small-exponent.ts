import { defineCertificateCheck } from './certificate-check.js';
import { fail, notApplicable, pass } from './check.js';
import { oneOfEachKind, strangersPort } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-small-exponent',
  title: 'The RSA key has a public exponent of 65537 or more',
  why: 'With an exponent of 3, mistakes of implementations that verify signatures or pad messages are enough to forge signatures (Bleichenbacher 2006, and again in 2014 and 2016) or to read what was encrypted; with 1 there is no encryption at all.',
  references: ['FIPS 186-5 §5.1', 'CA/Browser Forum BR §6.1.6'],
  cve: ['CVE-2006-4339', 'CVE-2014-1568'],
  cwe: ['CWE-326'],
  severity: 'low',
  relay: { status: 'info' },
  judge: ({ keyType, exponent }) => {
    if (!keyType.startsWith('rsa') || exponent === undefined)
      return notApplicable(`the key is ${keyType.toUpperCase()}, not RSA`);
    const value = BigInt(exponent);
    if (value < 3n || value % 2n === 0n)
      return fail(`the RSA key has the public exponent ${exponent}: it is no key`, { severity: 'critical' });
    return value < LEAST
      ? fail(`the RSA key has the public exponent ${exponent}`)
      : pass(`the RSA key has the public exponent ${exponent}`);
  },
  remedy: { 'any server': 'a new key, made by a current OpenSSL or GnuTLS, and a certificate for it' },
  byHand: { openssl: '-showcerts | openssl x509 -noout -text | grep Exponent' },
  flaw: { name: 'has an RSA key with the exponent 3', server: { certificate: 'small-exponent' }, roles: oneOfEachKind },
  covers: ['srv-cert-key'],
  examples: [
    { given: { leaf: { keyType: 'rsa', exponent: '65537' } }, then: 'pass' },
    { given: { leaf: { keyType: 'rsa', exponent: '3' } }, then: 'fail' },
    { given: { leaf: { keyType: 'rsa', exponent: '3' } }, on: strangersPort, then: 'info' },
    { given: { leaf: { keyType: 'rsa', exponent: '1' } }, then: 'fail' },
    { given: { leaf: { keyType: 'ec' } }, then: 'not-applicable' },
  ],
});

const LEAST = 65_537n;
