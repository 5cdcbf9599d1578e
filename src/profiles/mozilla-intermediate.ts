import { defineProfile } from './profile.js';

/** Rules are members of the JSON file’s configuration `intermediate`. */
export default defineProfile({
  id: 'mozilla-intermediate',
  title: 'Mozilla Server Side TLS, intermediate',
  version: '6.0',
  kind: 'guideline',
  source: 'https://ssl-config.mozilla.org/guidelines/6.0.json',
  leavesOut: 'OCSP stapling, HSTS, the order of preference, and the shortest recommended lifetime',
  rules: [
    {
      id: 'versions',
      section: 'intermediate.tls_versions',
      says: 'TLS 1.2 and 1.3, and nothing older',
      level: 'must',
      requires: { kind: 'versions', required: ['TLSv1.2', 'TLSv1.3'], refused: ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1'] },
    },
    {
      id: 'suites-1-2',
      section: 'intermediate.ciphers.iana',
      says: 'ECDHE with AES-GCM or ChaCha20-Poly1305',
      level: 'must',
      requires: {
        kind: 'suites',
        in: '1.2',
        allowed: [
          'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
          'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
          'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
          'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
          'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
          'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
        ],
      },
    },
    {
      id: 'suites-1-3',
      section: 'intermediate.ciphersuites',
      says: 'AES-GCM and ChaCha20-Poly1305',
      level: 'must',
      requires: {
        kind: 'suites',
        in: '1.3',
        allowed: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
      },
    },
    {
      id: 'groups',
      section: 'intermediate.tls_curves',
      says: 'X25519MLKEM768, X25519, P-256, P-384',
      level: 'must',
      requires: { kind: 'groups', allowed: ['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1'] },
    },
    {
      id: 'key',
      section: 'intermediate.certificate_types, certificate_curves, rsa_key_size',
      says: 'ECDSA on P-256 or P-384, or RSA with 2048 bits',
      level: 'must',
      requires: { kind: 'key', rsaBits: 2048, others: ['prime256v1', 'secp384r1'] },
    },
    {
      id: 'certificate-signatures',
      section: 'intermediate.certificate_signatures',
      says: 'SHA-2',
      level: 'must',
      requires: {
        kind: 'certificate-signatures',
        allowed: ['rsa-sha256', 'ecdsa-sha256', 'ecdsa-sha384', 'ecdsa-sha512'],
        leafOnly: true,
      },
    },
    {
      id: 'lifetime',
      section: 'intermediate.maximum_certificate_lifespan',
      says: 'certificates for 366 days at most',
      level: 'must',
      requires: { kind: 'lifetime', mostDays: 366 },
    },
  ],
});
