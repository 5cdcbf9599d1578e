import type { CertificateFacts } from '../tls/inspect.js';
import type { ChainFacts } from '../tls/inspect-chain.js';
import { defineCertificateCheck } from './certificate-check.js';
import { fail, pass } from './check.js';
import { oneOfEachKind, strangersPort } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-breaks-rules',
  title: 'The certificate keeps the rules that clients enforce',
  why: 'Some clients refuse a certificate for its form, though chain, name and dates are right: without a key usage for signatures, marked as an authority’s, valid for too long, or with a critical extension that they do not know. Users of these clients cannot connect; all others notice nothing.',
  references: ['RFC 5280 §4', 'RFC 9525 §6.3', 'CA/Browser Forum BR §6.3.2 and §7.1'],
  cwe: ['CWE-295'],
  severity: 'medium',
  relay: { status: 'info', because: 'between servers hardly anybody looks' },
  judge: (leaf, chain) => {
    const found = [...leaf.defects, ...tooLong(leaf, chain)];
    if (found.length === 0) return pass('no rule of RFC 5280 or of a well-known client is broken');
    const isRefused = found.some(({ weight }) => weight === 'refused');
    return fail(
      found.map(({ text, reference }) => `${text} (${reference})`).join('; '),
      isRefused ? {} : { severity: 'low' },
    );
  },
  remedy: {
    'any server':
      'a new certificate from an authority that keeps the rules, as all public ones do; a private authority needs a profile for servers: CA:FALSE, digitalSignature, serverAuth, an authority key identifier, at most 398 days',
  },
  byHand: { openssl: '-showcerts | openssl x509 -noout -text' },
  flaw: {
    name: 'shows a certificate that is marked as an authority’s',
    server: { certificate: 'marked-as-authority' },
    roles: oneOfEachKind,
  },
  covers: ['srv-cert-eku-ku', 'srv-cert-validity'],
  examples: [
    { given: { leaf: { defects: [] } }, then: 'pass' },
    { given: { leaf: { defects: [{ text: 'x', reference: 'y', weight: 'refused' }] } }, then: 'fail' },
    { given: { leaf: { defects: [{ text: 'x', reference: 'y', weight: 'untidy' }] } }, then: 'fail' },
    {
      given: { leaf: { defects: [{ text: 'x', reference: 'y', weight: 'untidy' }] } },
      on: strangersPort,
      then: 'info',
    },
    {
      given: { anchor: 'system', leaf: { defects: [], daysInAll: 400, notBefore: '2026-01-01T00:00:00.000Z' } },
      then: 'fail',
    },
    {
      given: { anchor: 'given', leaf: { defects: [], daysInAll: 400, notBefore: '2026-01-01T00:00:00.000Z' } },
      then: 'pass',
    },
  ],
});

/** Under a public root Apple’s clients and Chrome refuse what is valid for longer; private authorities are not bound by it. */
const tooLong = ({ daysInAll, notBefore }: CertificateFacts, { anchor }: ChainFacts): CertificateFacts['defects'] =>
  anchor === 'system' && daysInAll > MOST_DAYS + 1 && notBefore >= SINCE && daysInAll <= LONGER_HAS_A_RULE
    ? [
        {
          text: `it is valid for ${String(daysInAll)} days: Apple’s clients refuse more than ${String(MOST_DAYS)} under a public root`,
          reference: 'CA/Browser Forum BR §6.3.2',
          weight: 'refused',
        },
      ]
    : [];

const MOST_DAYS = 398;
const SINCE = '2020-09-01';
const LONGER_HAS_A_RULE = 825;
