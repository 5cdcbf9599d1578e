/** Why a remedy for a daemon of the lab was not applied to it: a reason, and whose remedies for which checks it holds for. */
export const UNTRIED_REMEDIES: readonly (readonly [
  reason: string,
  /** How the remedy is addressed. */
  addressee: RegExp,
  checks: readonly string[] | 'all',
])[] = [
  ['Debian’s Exim has GnuTLS; the setting is one of OpenSSL', /^exim with OpenSSL/, 'all'],
  ['Debian 12 has Dovecot 2.3; 2.4 has other names for its settings', /^dovecot 2\.4$/, 'all'],
  [
    'the TLS library of Debian 12 has no such version or suite: no setting makes the defect',
    /^(?:dovecot|postfix)$/,
    [
      ...['ssl-2-accepted', 'ssl-3-accepted', 'export-suites-accepted', 'des-accepted', 'triple-des-accepted'],
      ...['rc4-accepted', 'rare-ciphers-accepted', 'compression-accepted'],
    ],
  ],
  [
    'GnuTLS has no such suite: no setting makes the defect',
    /^(?:Courier|exim) with GnuTLS/,
    ['des-accepted', 'export-suites-accepted', 'rare-ciphers-accepted'],
  ],
  [
    'the remedy is another version, and Debian has one',
    /^(?:postfix|smtp-server)/,
    ['injection-full-line', 'injection-partial-line', 'starttls-parameter'],
  ],
  [
    'it says where to look, or that there is no setting',
    /^(?:dovecot|postfix)$/,
    ['starttls-refused', 'starttls-parameter'],
  ],
  [
    'what is mended is a certificate: the lab’s good configuration is what the remedy says',
    /^(?:dovecot 2\.3|postfix)$/,
    ['certificate-untrusted', 'certificate-without-server-name'],
  ],
  [
    'what is mended is a listener or a file: the lab’s good configuration is what the remedy says',
    /^(?:HAProxy|HAProxy, stunnel|Courier|Cyrus|OpenSMTPD|smtp-server \(npm\)|dovecot|exim)$/,
    [
      ...['dh-weak', 'port-mismatch', 'starttls-not-advertised', 'tls-1-0-accepted', 'tls-1-1-accepted'],
      ...['anonymous-suites-accepted', 'unencrypted-suites-accepted', 'starttls-unusable'],
    ],
  ],
];
