import { certificates, chainFor } from '../probes/certificates.js';
import { isOpportunistic } from '../probes/listener.js';
import { defineCheck, fail, inconclusive, notApplicable, pass, warn } from './check.js';
import { usersPort } from './subjects.js';

export default defineCheck({
  id: 'certificate-weak-signature',
  title: 'Certificates are signed with SHA-256 or better',
  why: 'Collisions of MD5 and SHA-1 can be computed: a certificate for this name can be forged.',
  references: ['RFC 9155', 'RFC 9325 §4.5'],
  cwe: ['CWE-327', 'CWE-328'],
  severity: 'medium',
  intrusiveness: 'passive',
  perName: true,
  needs: { chains: certificates },
  judge: ({ chains }, subject) => {
    const facts = chainFor(chains, subject.host);
    if (facts === undefined) return inconclusive('there was no handshake under this name');
    if (facts.leaf === undefined) return notApplicable('the certificate cannot be read');
    // A root is trusted for what it is, whatever it says about itself.
    const weak = [facts.leaf, ...facts.path.slice(1)].find(
      (each, index) => WEAK.test(each.signatureAlgorithm) && !(index > 0 && each.isSelfSigned),
    );
    if (weak === undefined) return pass(`the certificate is signed with ${facts.leaf.signatureAlgorithm}`);
    return (isOpportunistic(subject) ? warn : fail)(
      `${weak === facts.leaf ? 'the certificate' : 'an intermediate certificate'} is signed with ${weak.signatureAlgorithm}`,
    );
  },
  remedy: { 'any server': 'a new certificate; every authority signs with SHA-256 or better' },
  flaw: { name: 'is signed with SHA-1', server: { certificate: 'weak-signature' }, onRelay: 'warn' },
  covers: ['srv-cert-sigalg'],
  examples: [
    {
      given: {
        chains: [{ name: 'h', chain: { path: [], leaf: { signatureAlgorithm: 'rsa-sha256', isSelfSigned: false } } }],
      },
      on: { host: 'h', ...usersPort },
      then: 'pass',
    },
    {
      given: {
        chains: [{ name: 'h', chain: { path: [], leaf: { signatureAlgorithm: 'rsa-sha1', isSelfSigned: false } } }],
      },
      on: { host: 'h', ...usersPort },
      then: 'fail',
    },
    {
      given: {
        chains: [
          {
            name: 'h',
            chain: {
              leaf: { signatureAlgorithm: 'ecdsa-sha256', isSelfSigned: false },
              path: [{}, { signatureAlgorithm: 'rsa-sha1', isSelfSigned: true }],
            },
          },
        ],
      },
      on: { host: 'h', ...usersPort },
      then: 'pass',
    },
  ],
});

const WEAK = /(?:md5|md2|sha1)$/i;
