import { otherCertificate } from '../probes/other-certificate.js';
import type { ChainFacts } from '../tls/inspect-chain.js';
import { defineCheck, fail, info, notApplicable, pass, warn } from './check.js';
import { oneOfEachKind, strangersPort, usersPort } from './subjects.js';

export default defineCheck({
  id: 'certificate-other-kind',
  title: 'Every client gets a certificate that is valid and of a kind that it knows',
  why: 'A server with two certificates (RSA and ECDSA) sends each client the one that this client can use. If one of them was not renewed, some clients cannot connect, but a test with another client does not show it. The same happens if the only certificate has a key of a kind that many clients do not know.',
  references: ['RFC 9325 §4.5', 'RFC 8446 §4.4.2.2', 'RFC 8446 §9.1', 'CA/Browser Forum BR §6.1.5'],
  cwe: ['CWE-298'],
  severity: 'high',
  relay: { status: 'warn', because: 'most other servers do not verify it; those that use MTA-STS do' },
  intrusiveness: 'passive',
  depth: 'full',
  needs: { certificates: otherCertificate },
  judge: ({ certificates: { usual, unusualKey, other, otherKind, at } }) => {
    if (other?.leaf === undefined && unusualKey !== undefined)
      return warn(
        `the only certificate has a key of the kind ${unusualKey}: clients that know only RSA, P-256 and P-384 cannot connect${unusualKey === CERTIFIED ? '' : ', and no public authority certifies it'}`,
        {
          severity: unusualKey === CERTIFIED ? 'low' : 'medium',
          proof: { text: usual.leaf?.subject ?? '', at },
          remedy: {
            'any server':
              'get a certificate with a P-256 key, or RSA with 2048 bits; use it instead of the present one, or beside it',
          },
        },
      );
    if (other?.leaf === undefined)
      return pass(`the server has one certificate (no ${otherKind} certificate for clients that know nothing else)`);
    const { leaf } = other;
    const proof = { text: `${otherKind}: ${leaf.subject}`, at };
    const wrong = defectsOf(other);
    if (wrong.length === 0) {
      const names = usual.leaf?.names.dns ?? [];
      const missing = names.filter((name) => !leaf.names.dns.includes(name));
      return missing.length === 0
        ? pass(
            `both certificates, ${unusualKey === undefined ? 'for RSA and for ECDSA' : `for ${unusualKey} and for other keys`}, are valid; ${otherKind} until ${leaf.notAfter.slice(0, 10)}`,
            {
              proof,
            },
          )
        : info(`the ${otherKind} certificate does not have all names of the other one (${missing.join(', ')})`, {
            proof,
          });
    }
    // What is wrong with both is said about the usual one.
    if (defectsOf(usual).length > 0) return notApplicable('the usual certificate is no better');
    return fail(`the ${otherKind} certificate, which some clients get, is ${wrong.join(' and ')}`, { proof });
  },
  remedy: {
    'any server':
      'renew both certificates, with one tool and one date; or have one only (P-256, or RSA with 2048 bits)',
  },
  byHand: { openssl: '-sigalgs RSA-PSS+SHA256:RSA+SHA256 -cipher aRSA' },
  flaw: {
    name: 'has an expired certificate for RSA beside a good one for ECDSA',
    server: { second: 'expired' },
    roles: oneOfEachKind,
  },
  covers: ['srv-cert-dual', 'srv-cert-dual-validity'],
  examples: [
    { given: { certificates: { otherKind: 'RSA', usual: good() } }, then: 'pass' },
    { given: { certificates: { otherKind: 'RSA', usual: good(), other: good() } }, then: 'pass' },
    {
      given: { certificates: { otherKind: 'RSA or ECDSA', unusualKey: 'Ed25519', usual: good() } },
      then: 'warn',
      severity: 'medium',
    },
    {
      given: { certificates: { otherKind: 'RSA or ECDSA', unusualKey: 'P-521', usual: good() } },
      then: 'warn',
      severity: 'low',
    },
    {
      given: { certificates: { otherKind: 'RSA or ECDSA', unusualKey: 'Ed25519', usual: good(), other: good() } },
      then: 'pass',
    },
    { given: { certificates: { otherKind: 'RSA', usual: good('b.example'), other: good() } }, then: 'info' },
    { given: { certificates: { otherKind: 'RSA', usual: good(), other: expired() } }, on: usersPort, then: 'fail' },
    { given: { certificates: { otherKind: 'RSA', usual: good(), other: expired() } }, on: strangersPort, then: 'warn' },
    { given: { certificates: { otherKind: 'RSA', usual: expired(), other: expired() } }, then: 'not-applicable' },
  ],
});

/** The one unusual kind of key that public authorities certify (BR §6.1.5). */
const CERTIFIED = 'P-521';

const defectsOf = ({ chain, leaf, nameMatches }: ChainFacts): string[] => [
  ...(leaf?.validity === 'valid'
    ? []
    : [leaf?.validity === 'expired' ? `expired (${leaf.notAfter.slice(0, 10)})` : 'not valid yet']),
  ...(chain === 'trusted' ? [] : ['not trusted']),
  ...(nameMatches === 'san' ? [] : ['for another name']),
];

function good(...more: readonly string[]) {
  return {
    chain: 'trusted',
    nameMatches: 'san',
    leaf: { validity: 'valid', notAfter: '2027-01-01', subject: 'CN=a', names: { dns: ['a.example', ...more] } },
  } as const;
}

function expired() {
  return { ...good(), leaf: { ...good().leaf, validity: 'expired', notAfter: '2026-01-01' } } as const;
}
