/** Why a remedy for a daemon of the lab was not applied to it: a reason, and whose remedies for which checks it holds for. */
export const UNTRIED_REMEDIES: readonly (readonly [
  reason: string,
  /** How the remedy is addressed. */
  addressee: RegExp,
  checks: readonly string[],
])[] = [
  [
    'Debian’s Exim has GnuTLS; the setting is one of OpenSSL',
    /^exim with OpenSSL/,
    [
      ...['certificate-staple-bad', 'certificate-staple-missing', 'client-renegotiation', 'compression-accepted'],
      ...['des-accepted', 'dh-weak', 'export-suites-accepted', 'forward-secrecy-missing', 'groups-unusable'],
      ...['rare-ciphers-accepted', 'ssl-2-accepted', 'ssl-3-accepted', 'static-rsa-accepted', 'triple-des-accepted'],
    ],
  ],
  [
    'the TLS library of Debian 12 has no such version or suite: no setting makes the defect',
    /^(?:dovecot|postfix)$/,
    [
      ...['ssl-2-accepted', 'ssl-3-accepted', 'export-suites-accepted', 'des-accepted', 'triple-des-accepted'],
      ...['rc4-accepted', 'rare-ciphers-accepted', 'compression-accepted', 'client-renegotiation'],
    ],
  ],
  [
    'GnuTLS has no such suite: no setting makes the defect',
    /^(?:Courier|exim) with GnuTLS/,
    ['des-accepted', 'export-suites-accepted', 'rare-ciphers-accepted'],
  ],
  [
    'the lab has Dovecot 2.3',
    /^dovecot 2\.4$/,
    ['certificate-untrusted', 'certificate-without-server-name', 'channel-binding-missing'],
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
  ['the lab’s Postfix and Cyrus ask no Cyrus SASL for passwords', /Cyrus(?: SASL)?$/, ['outdated-logins']],
  // To be replaced by rows of tried-remedies.ts.
  [
    'not applied yet',
    /^postfix$/,
    [
      ...[
        'authenticated-encryption-missing',
        'challenge-given-before-tls',
        'forward-secrecy-missing',
        'groups-unusable',
      ],
      ...['http-request-tolerated', 'mandatory-suite-missing', 'users-told-before-tls', 'web-request-reflected'],
    ],
  ],
  ['not applied yet', /^dovecot$/, ['capability-lists-differ']],
  [
    'not applied yet',
    /^exim(?: with GnuTLS|$)/,
    [
      ...['challenge-given-before-tls', 'cross-protocol-possible', 'mandatory-suite-missing', 'static-rsa-accepted'],
      ...['triple-des-accepted', 'users-told-before-tls', 'weak-signatures', 'web-request-reflected'],
      'wrong-commands-tolerated',
    ],
  ],
  ['not applied yet', /^Courier with GnuTLS/, ['triple-des-accepted', 'weak-signatures']],
  ['not applied yet', /^Cyrus$/, ['version-in-banner']],
];
