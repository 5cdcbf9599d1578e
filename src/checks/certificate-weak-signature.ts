import { defineCertificateCheck } from './certificate-check.js';
import { fail, pass } from './check.js';
import { strangersPort } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-weak-signature',
  title: 'Certificates are signed with SHA-256 or better',
  why: 'Collisions of MD5 and SHA-1 can be computed: a certificate for this name can be forged.',
  references: ['RFC 9155', 'RFC 9325 §4.5'],
  cwe: ['CWE-327', 'CWE-328'],
  severity: 'medium',
  relay: { status: 'warn' },
  judge: (leaf, { path }) => {
    // A root is trusted for what it is, whatever it says about itself.
    const weak = [leaf, ...path.slice(1)].find(
      (each, index) => WEAK.test(each.signatureAlgorithm) && !(index > 0 && each.isSelfSigned),
    );
    if (weak === undefined) return pass(`the certificate is signed with ${leaf.signatureAlgorithm}`);
    const which = weak === leaf ? 'the certificate' : 'an intermediate certificate';
    return fail(`${which} is signed with ${weak.signatureAlgorithm}`);
  },
  remedy: { 'any server': 'a new certificate; every authority signs with SHA-256 or better' },
  byHand: { openssl: "-showcerts | openssl x509 -noout -text | grep 'Signature Algorithm'" },
  flaw: { name: 'shows a certificate that is signed with SHA-1', server: { certificate: 'weak-signature' } },
  covers: ['srv-cert-sigalg'],
  examples: [
    { given: { path: [], leaf: { signatureAlgorithm: 'rsa-sha256', isSelfSigned: false } }, then: 'pass' },
    { given: { path: [], leaf: { signatureAlgorithm: 'rsa-sha1', isSelfSigned: false } }, then: 'fail' },
    { given: { path: [], leaf: { signatureAlgorithm: 'rsa-sha1' } }, on: strangersPort, then: 'warn' },
    {
      given: {
        path: [{}, { signatureAlgorithm: 'rsa-md5', isSelfSigned: false }],
        leaf: { signatureAlgorithm: 'ecdsa-sha256', isSelfSigned: false },
      },
      then: 'fail',
    },
    {
      given: {
        path: [{}, { signatureAlgorithm: 'rsa-sha1', isSelfSigned: true }],
        leaf: { signatureAlgorithm: 'ecdsa-sha256', isSelfSigned: false },
      },
      then: 'pass',
    },
  ],
});

const WEAK = /(?:md5|md2|sha1)$/i;
