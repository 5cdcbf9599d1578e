import { defineProfile } from './profile.js';

/** Rules are members of the JSON file’s configuration `intermediate`. */
export default defineProfile({
  id: 'mozilla-intermediate',
  title: 'Mozilla Server Side TLS, intermediate',
  version: '6.0',
  kind: 'guideline',
  source: 'https://ssl-config.mozilla.org/guidelines/6.0.json',
  leavesOut: 'OCSP stapling, HSTS, the order of suites; the recommended lifetime of certificates (90 days)',
  rules: [
    {
      id: 'versions',
      section: 'intermediate.tls_versions',
      says: 'TLS 1.2 and 1.3 are accepted, older versions are refused',
      level: 'must',
      requires: { kind: 'versions', required: ['TLSv1.2', 'TLSv1.3'], refused: ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1'] },
    },
    {
      id: 'suites-1-2',
      section: 'intermediate.ciphers.iana',
      says: 'TLS 1.2: only suites with ECDHE, and AES-GCM or ChaCha20-Poly1305',
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
      section: 'intermediate.tls_curves',
      says: 'key exchange: only X25519MLKEM768, X25519, P-256 and P-384',
      level: 'must',
      requires: { kind: 'groups', allowed: ['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1'] },
    },
    {
      id: 'key',
      section: 'intermediate.certificate_types, certificate_curves, rsa_key_size',
      says: 'key of the certificate: ECDSA on P-256 or P-384, or RSA with 2048 bits or more',
      level: 'must',
      requires: { kind: 'key', rsaBits: 2048, others: ['prime256v1', 'secp384r1'] },
    },
    {
      id: 'certificate-signatures',
      section: 'intermediate.certificate_signatures',
      says: 'signature of the certificate: RSA with SHA-256, or ECDSA with SHA-2',
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
      says: 'the certificate is valid for 366 days or less in all',
      level: 'must',
      requires: { kind: 'lifetime', mostDays: 366 },
    },
  ],
});
