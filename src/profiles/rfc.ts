import { defineProfile } from './profile.js';

/** What the checks were made from: an audit without --profile judges by it. */
export default defineProfile({
  id: 'rfc',
  title: 'RFC 8314 and RFC 9325 (BCP 195)',
  version: '2018 and 2022',
  kind: 'guideline',
  source: 'https://www.rfc-editor.org/rfc/rfc8314, https://www.rfc-editor.org/rfc/rfc9325',
  leavesOut:
    'what clients must do; what cannot be seen from outside (random numbers, how often the keys of session tickets change)',
  rules: [
    {
      id: 'no-login-in-clear',
      section: 'RFC 8314 §4.1',
      says: 'no login is offered or accepted before TLS',
      level: 'must',
      on: 'users',
      requires: { kind: 'checks', ids: ['login-accepted-before-tls', 'login-offered-before-tls'] },
    },
    {
      id: 'starttls-works',
      section: 'RFC 8314 §3.3, RFC 3207, RFC 2595',
      says: 'STARTTLS is offered and works, on ports where TLS does not begin at once',
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
      says: 'TLS 1.2 is accepted, older versions are refused',
      level: 'must',
      requires: { kind: 'versions', required: ['TLSv1.2'], refused: ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1'] },
    },
    {
      id: 'tls-1-3',
      section: 'RFC 9325 §3.1.1',
      says: 'TLS 1.3 is accepted',
      level: 'should',
      requires: { kind: 'versions', required: ['TLSv1.3'] },
    },
    {
      id: 'compression',
      section: 'RFC 9325 §3.3',
      says: 'TLS compression is refused',
      level: 'should',
      requires: { kind: 'trait', trait: 'compression', is: false },
    },
    {
      id: 'secure-renegotiation',
      section: 'RFC 9325 §3.5',
      says: 'secure renegotiation (RFC 5746) is supported',
      level: 'must',
      requires: { kind: 'trait', trait: 'secureRenegotiation', is: true },
    },
    {
      id: 'extended-master-secret',
      section: 'RFC 9325 §3.5',
      says: 'the extended master secret (RFC 7627) is supported',
      level: 'must',
      requires: { kind: 'trait', trait: 'extendedMasterSecret', is: true },
    },
    {
      id: 'weak-suites',
      section: 'RFC 9325 §4.1',
      says: 'suites without encryption, with RC4, or below 112 bits of security are refused',
      level: 'must',
      requires: {
        kind: 'checks',
        ids: ['unencrypted-suites-accepted', 'rc4-accepted', 'export-suites-accepted', 'des-accepted'],
      },
    },
    {
      id: 'static-rsa',
      section: 'RFC 9325 §4.1',
      says: 'suites without forward secrecy (static RSA) are refused',
      level: 'should',
      requires: { kind: 'checks', ids: ['static-rsa-accepted'] },
    },
    {
      id: 'key',
      section: 'RFC 9325 §4.5',
      says: 'key of the certificate: RSA with 2048 bits or more, or a curve with 224 bits or more',
      level: 'must',
      requires: { kind: 'checks', ids: ['certificate-weak-key'] },
    },
    {
      id: 'certificate-signatures',
      section: 'RFC 9325 §4.5',
      says: 'signatures of certificates: not with SHA-1 or MD5',
      level: 'must',
      requires: { kind: 'checks', ids: ['certificate-weak-signature'] },
    },
  ],
});
