import { certificates, chainFor } from '../probes/certificates.js';
import type { RevocationStatus } from '../tls/ocsp.js';
import { defineCheck, fail, inconclusive, notApplicable, pass, type Check, type Finding } from './check.js';
import { oneOfEachKind, usersPort } from './subjects.js';

/** A rule about the OCSP response that a server staples to its certificate. */
const defineStapleCheck = (
  frame: Pick<Check, 'id' | 'title' | 'why' | 'severity' | 'relay' | 'remedy' | 'flaw' | 'cwe'> & {
    readonly judgeStaple: (staple: RevocationStatus | undefined, mustStaple: boolean) => Finding;
    readonly examples: readonly {
      readonly mustStaple: boolean;
      readonly staple?: RevocationStatus;
      readonly then: Finding['status'];
    }[];
  },
): Check => {
  const { judgeStaple, examples, ...rest } = frame;
  return defineCheck({
    ...rest,
    references: ['RFC 6066 §8', 'RFC 7633 §4', 'RFC 6960 §4.2'],
    intrusiveness: 'passive',
    depth: 'quick',
    perName: true,
    needs: { chains: certificates },
    judge: ({ chains }, { host }) => {
      const named = chainFor(chains, host);
      if (named === undefined) return inconclusive('there was no handshake under this name');
      if ('failure' in named) return inconclusive(named.failure);
      const { chain, staple, at } = named;
      return {
        proof: { text: chain.leaf?.subject ?? '', at },
        ...judgeStaple(staple, chain.leaf?.mustStaple === true),
      };
    },
    byHand: { openssl: '-status | grep -A3 "OCSP"' },
    covers: ['srv-cert-revocation'],
    examples: examples.map(({ mustStaple, staple, then }) => ({
      given: { chains: [{ name: HOST, chain: { leaf: { mustStaple } }, ...(staple && { staple }) }] },
      on: { host: HOST, ...usersPort },
      then,
    })),
  });
};

const HOST = 'mail.example.org';
const STAPLING = {
  'any server':
    'ask the authority for a certificate without must-staple (certbot: no --must-staple): mail servers mostly cannot staple',
  'exim with OpenSSL (exim -bV tells; Debian’s has GnuTLS)': 'tls_ocsp_file = FILE, kept fresh by a timer',
};

export default [
  defineStapleCheck({
    id: 'certificate-staple-missing',
    title: 'A certificate that demands a stapled OCSP response has one',
    why: 'A certificate with the TLS feature “must-staple” is worth nothing without a stapled response: Thunderbird and other clients refuse it.',
    cwe: ['CWE-299'],
    severity: 'high',
    relay: { status: 'warn', because: 'most other servers do not check this' },
    judgeStaple: (staple, mustStaple) => {
      if (!mustStaple) return pass('the certificate does not demand a stapled response');
      return staple === undefined
        ? fail('the certificate demands a stapled OCSP response (must-staple), and none is sent')
        : pass('the response that the certificate demands is stapled');
    },
    remedy: STAPLING,
    flaw: {
      name: 'has a certificate with must-staple and staples nothing',
      server: { certificate: 'must-staple' },
      roles: oneOfEachKind,
    },
    examples: [
      { mustStaple: false, then: 'pass' },
      { mustStaple: true, staple: { kind: 'good' }, then: 'pass' },
      { mustStaple: true, then: 'fail' },
    ],
  }),
  defineStapleCheck({
    id: 'certificate-staple-bad',
    title: 'A stapled OCSP response is current, authentic and good',
    why: 'A client that looks at a stapled response refuses a certificate that it says is revoked, and may refuse one whose response has expired: a responder or a file that is no longer refreshed shuts these clients out.',
    cwe: ['CWE-299'],
    severity: 'medium',
    relay: { status: 'warn', because: 'most other servers do not check this' },
    judgeStaple: (staple) => {
      switch (staple?.kind) {
        case undefined:
          return notApplicable('no OCSP response is stapled');
        case 'good':
          return pass(`the stapled OCSP response says good${until(staple)}`);
        case 'revoked':
          return fail(`the stapled OCSP response says that the certificate is revoked${since(staple)}`, {
            severity: 'high',
          });
        case 'unknown':
          return fail('the stapled OCSP response says that the authority does not know the certificate');
        case 'stale':
          return fail(`the stapled OCSP response is not current${until(staple)}`);
        case 'other':
          return fail('the stapled OCSP response is about another certificate');
        case 'unusable':
          return staple.why?.startsWith('the issuer is not known') === true
            ? notApplicable(`an OCSP response is stapled; ${staple.why}`)
            : fail(`the stapled OCSP response is unusable: ${staple.why ?? ''}`);
      }
    },
    remedy: {
      ...STAPLING,
      'any server':
        'refresh the response before it expires, or staple none; where the certificate is revoked, a new one with a new key',
    },
    flaw: [
      {
        name: 'staples a response that says revoked',
        server: { certificate: 'revocable', staple: 'revoked' },
        roles: oneOfEachKind,
      },
      {
        name: 'staples a response that has expired',
        server: { certificate: 'revocable', staple: 'stale' },
        roles: [usersPort.role],
      },
    ],
    examples: [
      { mustStaple: false, then: 'not-applicable' },
      { mustStaple: false, staple: { kind: 'good', nextUpdate: '2027-01-01T00:00:00.000Z' }, then: 'pass' },
      { mustStaple: true, staple: { kind: 'revoked' }, then: 'fail' },
      { mustStaple: false, staple: { kind: 'unknown' }, then: 'fail' },
      { mustStaple: false, staple: { kind: 'stale' }, then: 'fail' },
      { mustStaple: false, staple: { kind: 'other' }, then: 'fail' },
      {
        mustStaple: false,
        staple: { kind: 'unusable', why: 'the response is not signed by the issuer' },
        then: 'fail',
      },
      {
        mustStaple: false,
        staple: { kind: 'unusable', why: 'the issuer is not known, and so its signature cannot be checked' },
        then: 'not-applicable',
      },
    ],
  }),
];

function until({ nextUpdate }: RevocationStatus): string {
  return nextUpdate === undefined ? '' : ` (valid until ${nextUpdate.slice(0, 16).replace('T', ' ')} UTC)`;
}

function since({ revokedAt }: RevocationStatus): string {
  return revokedAt === undefined ? '' : ` since ${revokedAt.slice(0, 10)}`;
}
