import { defineProfile } from './profile.js';

/** The text of requirement 4.2.1 was read as other projects quote it; its bullets have no letters. Evidence for a control, where mail of cardholders passes this server; whether it is complied with is for an assessor to say. */
export default defineProfile({
  id: 'pci-dss-4',
  title: 'PCI DSS, controls on TLS',
  version: '4.0',
  kind: 'controls',
  source: 'https://www.pcisecuritystandards.org/document_library',
  leavesOut: 'revocation; everything that cannot be seen from outside',
  rules: [
    {
      id: 'trusted-certificates',
      section: '4.2.1, 1st bullet',
      says: 'the certificate is trusted, and for this name',
      level: 'must',
      requires: { kind: 'checks', ids: ['certificate-untrusted', 'certificate-wrong-name'] },
    },
    {
      id: 'valid-certificates',
      section: '4.2.1, 2nd bullet',
      says: 'the certificate is valid today',
      level: 'must',
      requires: { kind: 'checks', ids: ['certificate-out-of-date'] },
    },
    {
      id: 'secure-versions',
      section: '4.2.1, 3rd bullet',
      says: 'TLS 1.1 and older versions are refused',
      level: 'must',
      requires: { kind: 'versions', refused: ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1'] },
    },
    {
      id: 'secure-algorithms',
      section: '4.2.1, 3rd and 4th bullet',
      says: 'weak algorithms and short keys are refused',
      level: 'must',
      requires: {
        kind: 'checks',
        ids: [
          'anonymous-suites-accepted',
          'unencrypted-suites-accepted',
          'export-suites-accepted',
          'rc4-accepted',
          'des-accepted',
          'triple-des-accepted',
          'dh-weak',
          'certificate-weak-key',
          'certificate-weak-signature',
        ],
      },
    },
    {
      id: 'no-fallback',
      section: '4.2.1, 3rd bullet',
      says: 'logins are not accepted in clear text',
      level: 'must',
      on: 'users',
      requires: { kind: 'checks', ids: ['login-accepted-before-tls', 'starttls-unusable'] },
    },
  ],
});
