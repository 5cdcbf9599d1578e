import { tls13 } from '../probes/versions.js';
import { defineCheck, inconclusive, pass, warn } from './check.js';

export default defineCheck({
  id: 'tls-1-3-missing',
  title: 'TLS 1.3 is accepted',
  why: 'TLS 1.3 hides the certificate from the path, needs a round trip less, and has none of the weak options of older versions.',
  references: ['RFC 9325 §3.1.1', 'RFC 8446'],
  severity: 'low',
  intrusiveness: 'passive',
  needs: { version: tls13 },
  judge: ({ version }) => {
    // The ServerHello comes before the key is used: it alone is no TLS 1.3 that works.
    if (version.accepted && version.control) return pass('TLS 1.3 is accepted');
    return version.control
      ? warn(`TLS 1.3 is refused (${version.detail})`)
      : inconclusive('no handshake at all succeeded');
  },
  remedy: { 'any server': 'update it and its TLS library (OpenSSL 1.1.1 or later); do not set a highest version' },
  byHand: { openssl: '-tls1_3' },
  flaw: { name: 'speaks TLS 1.2 at most', server: { versions: { newest: 'TLSv1.2' } }, then: 'warn' },
  covers: ['srv-tls-13'],
  examples: [
    { given: { version: { accepted: true, detail: 'TLS_AES_128_GCM_SHA256', control: false } }, then: 'inconclusive' },
    { given: { version: { accepted: true, detail: 'negotiated', control: true } }, then: 'pass' },
    { given: { version: { accepted: false, detail: 'alert protocol_version', control: true } }, then: 'warn' },
    { given: { version: { accepted: false, detail: 'closed', control: false } }, then: 'inconclusive' },
  ],
});
