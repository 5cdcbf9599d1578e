import { defineProfile } from './profile.js';

/** Rules are members of the JSON file’s configuration `modern`. */
export default defineProfile({
  id: 'mozilla-modern',
  title: 'Mozilla Server Side TLS, modern',
  version: '6.0',
  kind: 'guideline',
  source: 'https://ssl-config.mozilla.org/guidelines/6.0.json',
  leavesOut: 'OCSP stapling, HSTS, the order of suites',
  rules: [
    {
      id: 'versions',
      section: 'modern.tls_versions',
      says: 'TLS 1.3 is accepted, all older versions are refused',
      level: 'must',
      requires: { kind: 'versions', required: ['TLSv1.3'], refused: ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2'] },
    },
    {
      id: 'suites-1-3',
      section: 'modern.ciphersuites',
      says: 'TLS 1.3: only suites with AES-GCM or ChaCha20-Poly1305',
      level: 'must',
      requires: {
        kind: 'suites',
        in: '1.3',
        allowed: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
      },
    },
    {
      id: 'groups',
      section: 'modern.tls_curves',
      says: 'key exchange: only X25519MLKEM768, X25519, P-256 and P-384',
      level: 'must',
      requires: { kind: 'groups', allowed: ['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1'] },
    },
    {
      id: 'key',
      section: 'modern.certificate_types, certificate_curves',
      says: 'key of the certificate: ECDSA on P-256 or P-384',
      level: 'must',
      requires: { kind: 'key', others: ['prime256v1', 'secp384r1'] },
    },
    {
      id: 'certificate-signatures',
      section: 'modern.certificate_signatures',
      says: 'signature of the certificate: ECDSA with SHA-2',
      level: 'must',
      requires: {
        kind: 'certificate-signatures',
        allowed: ['ecdsa-sha256', 'ecdsa-sha384', 'ecdsa-sha512'],
        leafOnly: true,
      },
    },
    {
      id: 'lifetime',
      section: 'modern.maximum_certificate_lifespan',
      says: 'the certificate is valid for 90 days or less in all',
      level: 'must',
      requires: { kind: 'lifetime', mostDays: 90 },
    },
  ],
});
