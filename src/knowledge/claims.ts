/** Something that is often said of ports and TLS, and what is right. */
export interface Claim {
  /** Stable: lower-case words with hyphens. */
  readonly id: string;
  readonly claim: string;
  readonly correction: string;
  readonly ports: readonly number[];
  /** The topics of `waxseal explain` that it belongs to. */
  readonly topics?: readonly string[];
  readonly references: readonly string[];
  /** A setting with this protocol (as guides call it) on this port says it. */
  readonly pairs?: readonly (readonly [speaks: string, port: number])[];
}

/** Claims of guides, with corrections: `waxseal explain`, `waxseal guide` and the reference page tell them. */
export const CLAIMS: readonly Claim[] = [
  {
    id: 'shared-port',
    claim: '993 is for IMAP and POP3',
    correction: '993 is IMAP, 995 is POP3',
    ports: [993, 995],
    references: ['IANA', 'RFC 8314 §3.1, §3.2'],
  },
  {
    id: 'smtps-563',
    claim: '563 is SMTPS',
    correction: '563 is NNTP over TLS and never was SMTP; submission with TLS is 465',
    ports: [563],
    references: ['IANA', 'RFC 8143'],
    pairs: [['SMTP', 563]],
  },
  {
    id: 'smtps-567',
    claim: '567 was SMTP over SSL',
    correction: '567 is no mail port and never was; implicit TLS for submission is 465',
    ports: [567, 465],
    references: ['IANA', 'RFC 8314 §3.3'],
    pairs: [['SMTP', 567]],
  },
  {
    id: 'imaps-585',
    claim: '585 is IMAP over SSL',
    correction: '585 was registered for it once, and given back; IMAP over TLS is 993',
    ports: [585, 993],
    references: ['IANA', 'RFC 8314 §3.2'],
    pairs: [['IMAP', 585]],
  },
  {
    id: 'pop3s-2095',
    claim: '2095 is POP3S',
    correction: '2095 and 2096 are the webmail of a hosting panel; POP3 over TLS is 995',
    ports: [2095, 2096, 995],
    references: ['IANA'],
    pairs: [
      ['POP3', 2095],
      ['POP3', 2096],
    ],
  },
  {
    id: 'tls-by-default-587',
    claim: '587 uses TLS by default',
    correction: '587 starts in clear and must upgrade with STARTTLS',
    ports: [587],
    references: ['RFC 6409', 'RFC 8314 §3.3'],
  },
  {
    id: 'unencrypted-587',
    claim: '587 is for connections without encryption',
    correction: '587 starts in clear, but is upgraded with STARTTLS before anybody logs in',
    ports: [587],
    references: ['RFC 6409', 'RFC 8314 §3.3'],
  },
  {
    id: 'every-secure-port',
    claim: 'each secure port uses TLS by default',
    correction: 'only 465, 993 and 995 begin with TLS; 587, 143 and 110 start in clear and must upgrade',
    ports: [110, 143, 587],
    references: ['RFC 8314 §3'],
  },
  {
    id: 'deprecated-465',
    claim: '465 is deprecated',
    correction:
      '465 (submissions, implicit TLS) has been the preferred port for submission since 2018; for some years before that, mail had no right to it',
    ports: [465],
    references: ['RFC 8314 §3.3, §7.3'],
  },
  {
    id: 'tls-on-443-only',
    claim: 'TLS 1.3 always uses port 443',
    correction: 'TLS says nothing about ports',
    ports: [443],
    references: ['RFC 8446'],
  },
  {
    id: 'port-encrypts',
    claim: 'the port encrypts',
    correction:
      'a port is a convention, the protocol on it encrypts; clear text on 465, 993 or 995, or TLS from the first byte on 25, 587, 143 or 110, is a misconfiguration',
    ports: [25, 110, 143, 465, 587, 993, 995],
    references: ['RFC 8314 §3'],
  },
  {
    id: 'starttls-preferred',
    claim: 'modern deployments use STARTTLS rather than separate ports for TLS',
    correction: 'for submission and mail access implicit TLS is preferred; STARTTLS remains the only way on 25',
    ports: [25, 110, 143, 465, 587, 993, 995],
    references: ['RFC 8314 §3'],
  },
  {
    id: 'starttls-is-ssl',
    claim: 'STARTTLS and SSL/TLS are the same',
    correction:
      'what forms call SSL/TLS begins with TLS; STARTTLS begins in clear on another port, and a client that does not insist on it can be kept from it',
    ports: [110, 143, 465, 587, 993, 995],
    references: ['RFC 8314 §3', 'RFC 3207 §6'],
  },
  {
    id: 'ssl-safer-than-tls',
    claim: 'SSL is more secure than TLS',
    correction:
      'TLS has replaced SSL, which is broken; forms that say SSL mean TLS from the first byte, and those that say TLS often mean STARTTLS',
    ports: [465, 993, 995],
    references: ['RFC 7568', 'RFC 8314 §3'],
  },
  {
    id: 'no-encryption-in-protocol',
    claim: 'SMTP, IMAP and POP3 cannot be encrypted',
    correction:
      'each of them has STARTTLS on its port (587, 143, 110) and TLS from the first byte on another (465, 993, 995)',
    ports: [110, 143, 465, 587, 993, 995],
    references: ['RFC 8314 §3', 'RFC 3207', 'RFC 2595'],
  },
  {
    id: 'no-security-25',
    claim: 'port 25 has no security',
    correction: '25 upgrades with STARTTLS, and DANE or MTA-STS enforce it',
    ports: [25],
    references: ['RFC 3207', 'RFC 7672', 'RFC 8461'],
  },
  {
    id: 'safer-465-than-25',
    claim: '465 is more secure than 25',
    correction: '465 is another service: submission by users, not relay between servers',
    ports: [25, 465],
    references: ['RFC 8314 §3.3'],
  },
  {
    id: 'unencrypted-443',
    claim: '80 and 443 are for unencrypted HTTP',
    correction: '443 is HTTP over TLS',
    ports: [80, 443],
    references: ['RFC 9110 §4.2.2'],
  },
  {
    id: 'http2-requires-tls',
    claim: 'HTTP/2 requires TLS',
    correction: 'browsers require it; the protocol itself also works in clear',
    ports: [80, 443],
    references: ['RFC 9113 §3'],
  },
  {
    id: 'rdp-unencrypted',
    claim: 'RDP on 3389 is not encrypted by default',
    correction: 'RDP first had encryption of its own; today TLS is negotiated inside its connection',
    ports: [3389],
    references: ['MS-RDPBCGR'],
  },
  {
    id: 'standard-2525',
    claim: '2525 is a standard port',
    correction:
      '2525 is a common alternative for submission, but is not registered for it; it starts in clear and upgrades with STARTTLS',
    ports: [2525],
    references: ['IANA'],
  },
  {
    id: 'closes-443',
    claim: '443 closes a connection without TLS at once',
    correction: 'most web servers answer with an error (400) in clear, or stay silent',
    ports: [443],
    references: ['RFC 9110 §15.5.1'],
  },
  {
    id: 'law-requires-443',
    claim: 'PCI DSS and HIPAA require port 443',
    correction: 'they require strong encryption in transit, not a port: 993 and 465 with TLS do',
    ports: [443, 465, 993],
    references: ['PCI DSS 4.0 §4.2.1', '45 CFR §164.312(e)'],
  },
  {
    id: 'disable-80',
    claim: 'disable port 80',
    correction:
      'mail does not use port 80. The ports of mail that start in clear are 143, 110 and 587: close them, or enforce TLS on them. 25 starts in clear too, but must stay open on a mail exchanger',
    ports: [80, 25, 110, 143, 587],
    references: ['RFC 8314 §4.1', 'RFC 3207'],
  },
  {
    id: 'login-in-clear',
    claim: 'a mail client may be set up without encryption',
    correction:
      'password and mail then go over the network in clear; use implicit TLS (465, 993, 995), or STARTTLS as a requirement',
    ports: [25, 110, 143, 587, 4190],
    references: ['RFC 8314 §3, §4.1'],
  },
  {
    id: 'vpn-replaces-tls',
    claim: 'a VPN makes TLS unnecessary',
    correction:
      'a VPN ends at its gateway, and from there to the mail server password and mail go in clear; nor does it prove which server answers',
    ports: [],
    topics: ['vpn'],
    references: ['RFC 8314 §3'],
  },
  {
    id: 'relay-port-for-users',
    claim: 'mail clients send mail on port 25',
    correction:
      '25 is for mail between servers, and often blocked for users; they submit on 465 (implicit TLS) or 587 (STARTTLS)',
    ports: [25, 465, 587],
    references: ['RFC 6409 §3.1', 'RFC 8314 §3.3'],
  },
  {
    id: 'tls-if-available',
    claim: 'choose STARTTLS, if available',
    correction:
      'somebody on the way can remove the offer, and the client then logs in in clear; choose the form that requires TLS',
    ports: [110, 143, 587],
    references: ['RFC 8314 §5.2', 'RFC 3207 §6'],
  },
  {
    id: 'accept-any-certificate',
    claim: 'a warning about the certificate can be confirmed',
    correction:
      'without verification anybody on the way can be the server, and reads the password; install the right authority or mend the name instead',
    ports: [],
    topics: ['advice'],
    references: ['RFC 8314 §4.5', 'RFC 9525'],
  },
  {
    id: 'self-signed',
    claim: 'a self-signed certificate is fine if I own both ends',
    correction: 'only if the client compares its fingerprint (a pin), or trusts your own CA',
    ports: [],
    topics: ['pinning', 'advice'],
    references: ['RFC 9525'],
  },
  {
    id: 'staple-ocsp',
    claim: 'OCSP stapling must be switched on',
    correction:
      'some CAs have stopped OCSP (Let’s Encrypt in 2025): if the certificate names no OCSP address, there is nothing to staple, and CRLs take its place',
    ports: [],
    topics: ['ocsp'],
    references: ['RFC 6960', 'RFC 6066 §8'],
  },
  {
    id: 'aes-256-needed',
    claim: 'AES-256 is needed',
    correction: 'AES-128-GCM and ChaCha20-Poly1305 are as acceptable',
    ports: [],
    topics: ['advice'],
    references: ['RFC 9325 §4.2'],
  },
  {
    id: 'rsa-key-transport',
    claim: 'the client encrypts a pre-master secret with the server’s RSA key',
    correction: 'TLS 1.3 no longer does that, and TLS 1.2 should not; prefer suites with forward secrecy',
    ports: [],
    topics: ['advice'],
    references: ['RFC 8446 §1.2', 'RFC 9325 §4.1'],
  },
  {
    id: 'sni-names-service',
    claim: 'SNI indicates the desired service',
    correction:
      'SNI names the host; the service is named by ALPN, and for mail by the port. IMAP and submission on 443 by ALPN exist (chatmail, mox), as exceptions',
    ports: [443],
    topics: ['sni', 'alpn'],
    references: ['RFC 6066 §3', 'RFC 7301'],
  },
  {
    id: 'handshake-hides-protocol',
    claim: 'TLS 1.3 encrypts the handshake, so that protocols cannot be told apart',
    correction:
      'hello, SNI and ALPN are in clear (unless the hello is encrypted, ECH), and STARTTLS begins with a dialogue in clear',
    ports: [],
    topics: ['visible', 'sni', 'alpn'],
    references: ['RFC 8446 §4', 'RFC 7301'],
  },
  {
    id: 'end-to-end',
    claim: 'TLS encrypts mail from end to end',
    correction: 'hop by hop: mail is decrypted at every relay; from end to end OpenPGP or S/MIME encrypt',
    ports: [465, 993],
    topics: ['end-to-end'],
    references: ['RFC 3207 §6', 'RFC 9580', 'RFC 8551'],
  },
  {
    id: 'tampering-detected',
    claim: 'any tampering is detected instantly',
    correction:
      'TLS does not detect a ClientHello that was redirected to another port of the same server, nor changes to what was said before STARTTLS; and many programs ignore that a connection ended without close_notify',
    ports: [],
    topics: ['advice', 'alpn'],
    references: ['RFC 8446 §6.1', 'RFC 3207 §6', 'RFC 9325 §3.8'],
  },
  {
    id: 'session-keys-reused',
    claim: 'session keys cannot be reused by attackers',
    correction:
      'an attacker who gets the key of session tickets can decrypt the sessions that were resumed with them; the shorter tickets live, the fewer these are',
    ports: [],
    topics: ['advice'],
    references: ['RFC 8446 §2.2, §8', 'RFC 9325 §3.4'],
  },
  {
    id: 'inspect-on-firewall',
    claim: 'inspect TLS on the firewall',
    correction:
      'a box that opens TLS is a man in the middle with an authority of its own; for mail, “ESMTP inspection” is what strips STARTTLS',
    ports: [25, 587],
    topics: ['inspection'],
    references: ['RFC 3207 §6'],
  },
  {
    id: 'pin-certificates',
    claim: 'pin certificates',
    correction:
      'such a pin breaks at each renewal; pin public keys or your own CA, with a reserve pin. DANE is pinning with DNSSEC',
    ports: [],
    topics: ['pinning'],
    references: ['RFC 7672', 'RFC 7469 §4.3'],
  },
];
