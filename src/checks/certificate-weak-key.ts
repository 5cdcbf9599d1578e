import { defineCertificateCheck } from './certificate-check.js';
import { fail, inconclusive, pass } from './check.js';
import { strangersPort } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-weak-key',
  title: "The certificate's key is strong enough",
  why: 'A key that can be computed from the certificate lets an attacker be the server.',
  references: ['RFC 9325 §4.5', 'NIST SP 800-131A'],
  cwe: ['CWE-326'],
  severity: 'high',
  relay: { status: 'warn' },
  judge: ({ keyType, keyBits }) => {
    const least = LEAST[keyType];
    const described = `${keyType.toUpperCase()}${keyBits === undefined ? '' : ` ${String(keyBits)} bits`}`;
    if (keyType === 'unknown') return inconclusive('of what kind the key is cannot be read');
    if (keyType === 'dsa') return fail('the key is DSA, which TLS 1.3 and clients of today do not know');
    if (least === undefined || keyBits === undefined || keyBits >= least) return pass(`the key is ${described}`);
    return fail(`the key is ${described}; at least ${String(least)} are needed`);
  },
  remedy: { 'any server': 'a new certificate with a P-256 key, or RSA with 2048 bits or more' },
  flaw: { name: 'has a weak key', server: { certificate: 'weak-key' } },
  covers: ['srv-cert-key'],
  examples: [
    { given: { leaf: { keyType: 'rsa', keyBits: 2048 } }, then: 'pass' },
    { given: { leaf: { keyType: 'rsa', keyBits: 1024 } }, then: 'fail' },
    { given: { leaf: { keyType: 'rsa', keyBits: 1024 } }, on: strangersPort, then: 'warn' },
    { given: { leaf: { keyType: 'ec', keyBits: 256 } }, then: 'pass' },
    { given: { leaf: { keyType: 'ec', keyBits: 192 } }, then: 'fail' },
    { given: { leaf: { keyType: 'ed25519' } }, then: 'pass' },
    { given: { leaf: { keyType: 'dsa', keyBits: 2048 } }, then: 'fail' },
    { given: { leaf: { keyType: 'unknown' } }, then: 'inconclusive' },
  ],
});

const LEAST: Readonly<Record<string, number>> = { rsa: 2048, 'rsa-pss': 2048, ec: 256 };
