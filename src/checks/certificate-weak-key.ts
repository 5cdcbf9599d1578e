import { certificates, chainFor } from '../probes/certificates.js';
import { isOpportunistic } from '../probes/listener.js';
import { defineCheck, fail, inconclusive, notApplicable, pass, warn } from './check.js';
import { usersPort } from './subjects.js';

export default defineCheck({
  id: 'certificate-weak-key',
  title: "The certificate's key is strong enough",
  why: 'A key that can be computed from the certificate lets an attacker be the server.',
  references: ['RFC 9325 §4.5', 'NIST SP 800-131A'],
  cwe: ['CWE-326'],
  severity: 'high',
  intrusiveness: 'passive',
  perName: true,
  needs: { chains: certificates },
  judge: ({ chains }, subject) => {
    const facts = chainFor(chains, subject.host);
    if (facts === undefined) return inconclusive('there was no handshake under this name');
    if (facts.leaf === undefined) return notApplicable('the certificate cannot be read');
    const { keyType, keyBits } = facts.leaf;
    const least = LEAST[keyType];
    const described = `${keyType.toUpperCase()}${keyBits === undefined ? '' : ` ${String(keyBits)} bits`}`;
    if (least === undefined || keyBits === undefined || keyBits >= least) return pass(`the key is ${described}`);
    return (isOpportunistic(subject) ? warn : fail)(`the key is ${described}; at least ${String(least)} are needed`);
  },
  remedy: { 'any server': 'a new certificate with a P-256 key, or RSA with 2048 bits or more' },
  flaw: { name: 'has a weak key', server: { certificate: 'weak-key' }, onRelay: 'warn' },
  covers: ['srv-cert-key'],
  examples: [
    {
      given: { chains: [{ name: 'h', chain: { leaf: { keyType: 'rsa', keyBits: 2048 } } }] },
      on: { host: 'h', ...usersPort },
      then: 'pass',
    },
    {
      given: { chains: [{ name: 'h', chain: { leaf: { keyType: 'rsa', keyBits: 1024 } } }] },
      on: { host: 'h', ...usersPort },
      then: 'fail',
    },
    {
      given: { chains: [{ name: 'h', chain: { leaf: { keyType: 'ec', keyBits: 256 } } }] },
      on: { host: 'h', ...usersPort },
      then: 'pass',
    },
    {
      given: { chains: [{ name: 'h', chain: { leaf: { keyType: 'ec', keyBits: 192 } } }] },
      on: { host: 'h', ...usersPort },
      then: 'fail',
    },
    {
      given: { chains: [{ name: 'h', chain: { leaf: { keyType: 'ed25519' } } }] },
      on: { host: 'h', ...usersPort },
      then: 'pass',
    },
  ],
});

const LEAST: Readonly<Record<string, number>> = { rsa: 2048, 'rsa-pss': 2048, dsa: 2048, ec: 256 };
