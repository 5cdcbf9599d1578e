import { defineProfile } from './profile.js';

/** What the checks were made from: an audit without --profile judges by it. */
export default defineProfile({
  id: 'rfc',
  title: 'RFC 8314 and RFC 9325 (BCP 195)',
  version: '2018 and 2022',
  kind: 'guideline',
  source: 'https://www.rfc-editor.org/rfc/rfc8314, https://www.rfc-editor.org/rfc/rfc9325',
  leavesOut:
    'what clients must do, and what is not seen from outside (random numbers, rotation of keys of session tickets)',
  rules: [
    {
      id: 'no-login-in-clear',
      section: 'RFC 8314 §4.1',
      says: 'no login before TLS',
      level: 'must',
      on: 'users',
      requires: { kind: 'checks', ids: ['login-accepted-before-tls', 'login-offered-before-tls'] },
    },
    {
      id: 'starttls-works',
      section: 'RFC 8314 §3.3, RFC 3207, RFC 2595',
      says: 'STARTTLS is offered where TLS does not begin at once, and works',
      level: 'must',
      on: 'users',
      requires: { kind: 'checks', ids: ['starttls-not-advertised', 'starttls-refused', 'starttls-unusable'] },
    },
    {
      id: 'certificate',
      section: 'RFC 8314 §5.2, RFC 9525',
      says: 'the certificate is trusted, valid, and for this name',
      level: 'must',
      on: 'users',
      requires: { kind: 'checks', ids: ['certificate-untrusted', 'certificate-wrong-name', 'certificate-out-of-date'] },
    },
    {
      id: 'versions',
      section: 'RFC 9325 §3.1.1',
      says: 'TLS 1.2, and nothing older',
      level: 'must',
      requires: { kind: 'versions', required: ['TLSv1.2'], refused: ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1'] },
    },
    {
      id: 'tls-1-3',
      section: 'RFC 9325 §3.1.1',
      says: 'TLS 1.3 too',
      level: 'should',
      requires: { kind: 'versions', required: ['TLSv1.3'] },
    },
    {
      id: 'compression',
      section: 'RFC 9325 §3.3',
      says: 'no compression',
      level: 'should',
      requires: { kind: 'trait', trait: 'compression', is: false },
    },
    {
      id: 'secure-renegotiation',
      section: 'RFC 9325 §3.5',
      says: 'renegotiation_info',
      level: 'must',
      requires: { kind: 'trait', trait: 'secureRenegotiation', is: true },
    },
    {
      id: 'extended-master-secret',
      section: 'RFC 9325 §3.5',
      says: 'extended master secret',
      level: 'must',
      requires: { kind: 'trait', trait: 'extendedMasterSecret', is: true },
    },
    {
      id: 'weak-suites',
      section: 'RFC 9325 §4.1',
      says: 'no suites without encryption, with RC4, or below 112 bits',
      level: 'must',
      requires: {
        kind: 'checks',
        ids: ['unencrypted-suites-accepted', 'rc4-accepted', 'export-suites-accepted', 'des-accepted'],
      },
    },
    {
      id: 'static-rsa',
      section: 'RFC 9325 §4.1',
      says: 'no key exchange without forward secrecy (static RSA)',
      level: 'should',
      requires: { kind: 'checks', ids: ['static-rsa-accepted'] },
    },
    {
      id: 'key',
      section: 'RFC 9325 §4.5',
      says: 'RSA with 2048 bits, or a curve of 224 bits',
      level: 'must',
      requires: { kind: 'checks', ids: ['certificate-weak-key'] },
    },
    {
      id: 'certificate-signatures',
      section: 'RFC 9325 §4.5',
      says: 'certificates are signed with SHA-256 or better',
      level: 'must',
      requires: { kind: 'checks', ids: ['certificate-weak-signature'] },
    },
  ],
});
