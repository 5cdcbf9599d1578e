import { acceptedSignatures } from '../probes/accepted-groups.js';
import { signatureName } from '../tls/registries.js';
import { defineCheck, fail, notApplicable, pass } from './check.js';
import { oneOfEachKind, usersPort } from './subjects.js';

export default defineCheck({
  id: 'weak-signatures',
  title: 'The server does not sign key exchanges with SHA-1 or MD5',
  why: 'Collisions of SHA-1 and MD5 can be computed. If a server signs with them on request, an attacker can use its signature for another handshake (SLOTH).',
  references: ['RFC 9155', 'RFC 9325 §4.2'],
  cwe: ['CWE-327'],
  severity: 'low',
  relay: { status: 'info', because: 'between servers hardly anybody verifies certificates' },
  intrusiveness: 'passive',
  depth: 'full',
  needs: { signatures: acceptedSignatures },
  judge: ({ signatures: { accepted, refusal } }) => {
    if (accepted.length === 0) return notApplicable(`no signature is seen in clear (${refusal})`);
    const weak = accepted.filter((name) => /sha1|md5/.test(name));
    return weak.length === 0
      ? pass(`signs with ${accepted.join(', ')}`)
      : fail(`signs with ${weak.join(', ')} where the client offers nothing better`);
  },
  remedy: {
    'any server':
      'OpenSSL: SECLEVEL 1 or higher, and SignatureAlgorithms without SHA1 in openssl.cnf; newer versions refuse it by default',
    'exim with GnuTLS (Debian)': 'tls_require_ciphers = NORMAL:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1',
    'Courier with GnuTLS (Debian)': 'TLS_PRIORITY=NORMAL:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1',
  },
  byHand: { openssl: '-tls1_2 -sigalgs RSA+SHA1:ECDSA+SHA1 -cipher DEFAULT:@SECLEVEL=0' },
  flaw: {
    name: 'signs with SHA-1',
    server: { signatures: 'ECDSA+SHA256:ECDSA+SHA1:RSA+SHA256:RSA+SHA1' },
    roles: oneOfEachKind,
  },
  covers: ['srv-tls-sigalgs', 'srv-tls-kex-hash'],
  examples: [
    { given: { signatures: { accepted: ['rsa_pss_rsae_sha256'], refusal: 'closed' } }, then: 'pass' },
    {
      given: { signatures: { accepted: ['rsa_pkcs1_sha256', signatureName(0x0201)], refusal: '' } },
      on: usersPort,
      then: 'fail',
    },
    { given: { signatures: { accepted: [], refusal: 'TLS 1.2 is refused' } }, then: 'not-applicable' },
  ],
});
