import { revocation, type RevocationWord } from '../probes/revocation.js';
import { defineCheck, fail, inconclusive, pass } from './check.js';
import { oneOfEachKind, strangersPort, usersPort } from './subjects.js';

export default defineCheck({
  id: 'certificate-revoked',
  title: 'The authority has not revoked the certificate',
  why: 'A certificate is revoked because its key is known to others, or because it was issued by mistake. Clients that look refuse it; others go on talking to an attacker who has the key.',
  references: ['RFC 6960', 'RFC 5280 §6.3'],
  cwe: ['CWE-299'],
  severity: 'high',
  relay: { status: 'warn', because: 'most other servers do not check this' },
  intrusiveness: 'passive',
  asksThirdParties: true,
  needs: { revocation },
  judge: ({ revocation: { words, at } }) => {
    const proofOf = (word: RevocationWord | undefined) =>
      at && word && { proof: { text: `${word.by} ${word.url}: ${word.status.kind}`, at } };
    const [revoked] = words.filter(({ status }) => status.kind === 'revoked');
    if (revoked !== undefined) {
      const { revokedAt } = revoked.status;
      return fail(
        `the certificate is revoked${revokedAt === undefined ? '' : ` since ${revokedAt.slice(0, 10)}`} (${revoked.by})`,
        proofOf(revoked),
      );
    }
    const [good] = words.filter(({ status }) => status.kind === 'good');
    if (good !== undefined) return pass(`the certificate is not revoked (${good.by})`, proofOf(good));
    const [stale] = words.filter(({ status }) => status.kind === 'unknown' || status.kind === 'stale');
    if (stale !== undefined)
      return fail(
        stale.status.kind === 'unknown'
          ? `the authority does not know the certificate (${stale.by})`
          : `the authority’s word is not current (${stale.by}, until ${stale.status.nextUpdate?.slice(0, 10) ?? 'unknown'})`,
        { severity: 'low', ...proofOf(stale) },
      );
    return inconclusive(
      `the authority could not be asked: ${words.map(({ by, url, status }) => `${by} ${url}: ${status.why ?? status.kind}`).join('; ')}`,
    );
  },
  remedy: { 'any server': 'a new certificate with a new key' },
  byHand: 'not with common tools',
  flaw: {
    name: 'has a certificate that its authority has revoked',
    server: { certificate: 'revocable', told: 'revoked' },
    roles: oneOfEachKind,
  },
  covers: ['srv-cert-revocation'],
  examples: [
    { given: { revocation: { words: [{ by: 'OCSP', status: { kind: 'good' } }] } }, then: 'pass' },
    {
      given: {
        revocation: {
          words: [
            { by: 'OCSP', url: 'http://a', status: { kind: 'unusable', why: 'ECONNREFUSED' } },
            { by: 'CRL', url: 'http://b', status: { kind: 'good' } },
          ],
        },
      },
      then: 'pass',
    },
    {
      given: {
        revocation: {
          words: [
            { by: 'OCSP', status: { kind: 'good' } },
            { by: 'CRL', status: { kind: 'revoked', revokedAt: '2026-01-01' } },
          ],
        },
      },
      on: usersPort,
      then: 'fail',
    },
    { given: { revocation: { words: [{ by: 'CRL', status: { kind: 'revoked' } }] } }, on: strangersPort, then: 'warn' },
    {
      given: { revocation: { words: [{ by: 'OCSP', status: { kind: 'stale' } }] } },
      on: usersPort,
      then: 'fail',
      severity: 'low',
    },
    {
      given: { revocation: { words: [{ by: 'OCSP', status: { kind: 'unknown' } }] } },
      on: usersPort,
      then: 'fail',
      severity: 'low',
    },
    {
      given: { revocation: { words: [{ by: 'OCSP', url: 'http://a', status: { kind: 'unusable', why: 'x' } }] } },
      then: 'inconclusive',
    },
  ],
});
