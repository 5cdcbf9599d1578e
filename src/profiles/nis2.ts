import { defineProfile } from './profile.js';

/** Evidence for a measure; whether it is appropriate to the risk is for the operator and its authority to say. */
export default defineProfile({
  id: 'nis2',
  title: 'NIS 2 directive, cryptography and encryption',
  version: '(EU) 2022/2555',
  kind: 'controls',
  source: 'https://eur-lex.europa.eu/eli/dir/2022/2555/oj',
  leavesOut:
    'policies and procedures, which cannot be seen from outside. The rules are waxseal’s choice: neither the directive nor the annex of Implementing Regulation (EU) 2024/2690 names versions or algorithms',
  rules: [
    {
      id: 'encryption',
      section: 'Article 21(2)(h)',
      says: 'logins and mail of users are encrypted',
      level: 'must',
      on: 'users',
      requires: {
        kind: 'checks',
        ids: ['login-accepted-before-tls', 'login-offered-before-tls', 'starttls-not-advertised', 'starttls-unusable'],
      },
    },
    {
      id: 'state-of-the-art',
      section: 'Article 21(2)(h)',
      says: 'TLS 1.2 is accepted, older versions are refused',
      level: 'must',
      requires: { kind: 'versions', required: ['TLSv1.2'], refused: ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1'] },
    },
    {
      id: 'algorithms',
      section: 'Article 21(2)(h)',
      says: 'broken algorithms are refused',
      level: 'must',
      requires: {
        kind: 'checks',
        ids: [
          'anonymous-suites-accepted',
          'unencrypted-suites-accepted',
          'export-suites-accepted',
          'rc4-accepted',
          'des-accepted',
          'dh-weak',
          'certificate-weak-key',
          'certificate-weak-signature',
        ],
      },
    },
    {
      id: 'identity',
      section: 'Article 21(2)(h)',
      says: 'the certificate proves which server it is: trusted, valid, and for this name',
      level: 'must',
      on: 'users',
      requires: { kind: 'checks', ids: ['certificate-untrusted', 'certificate-wrong-name', 'certificate-out-of-date'] },
    },
  ],
});
