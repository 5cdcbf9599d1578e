/** A service and the ports on which it is found (IANA's registry; RFC 8314, 3207, 2595, 5804, 4642, 4217, 4511, 7858). */
export interface Service {
  readonly name: string;
  /** Starts in clear. */
  readonly clear?: number;
  /** How TLS starts on that port. */
  readonly upgrade?: string;
  /** TLS from the first byte; more than one where an alternative is common. */
  readonly implicit: readonly number[];
  readonly note?: string;
  readonly references: readonly string[];
}

/** Something that is often said of ports, and what is right. */
export interface Claim {
  readonly claim: string;
  readonly correction: string;
  readonly ports: readonly number[];
  readonly references: readonly string[];
}

export const SERVICES: readonly Service[] = [
  {
    name: 'SMTP relay (MX)',
    clear: 25,
    upgrade: 'STARTTLS, opportunistic; enforced by DANE or MTA-STS',
    implicit: [],
    note: 'between mail servers; there is no implicit port for it',
    references: ['RFC 3207', 'RFC 7672', 'RFC 8461'],
  },
  {
    name: 'SMTP submission',
    clear: 587,
    upgrade: 'STARTTLS',
    implicit: [465],
    note: '465 (submissions) is preferred; it was once called smtps, then belonged to another service, until RFC 8314 gave it back to mail',
    references: ['RFC 6409', 'RFC 8314 §3.3'],
  },
  {
    name: 'IMAP',
    clear: 143,
    upgrade: 'STARTTLS',
    implicit: [993],
    note: '993 is preferred',
    references: ['RFC 9051 §11.1', 'RFC 8314 §3.2'],
  },
  {
    name: 'POP3',
    clear: 110,
    upgrade: 'STLS',
    implicit: [995],
    note: '995 is preferred',
    references: ['RFC 2595 §4', 'RFC 8314 §3.1'],
  },
  {
    name: 'ManageSieve',
    clear: 4190,
    upgrade: 'STARTTLS',
    implicit: [],
    note: 'no implicit port is registered',
    references: ['RFC 5804 §1.8, §2.2'],
  },
  {
    name: 'LMTP',
    clear: 24,
    upgrade: 'STARTTLS',
    implicit: [],
    note: 'more often on a local socket',
    references: ['RFC 2033'],
  },
  { name: 'NNTP', clear: 119, upgrade: 'STARTTLS', implicit: [563], references: ['RFC 4642', 'RFC 8143'] },
  {
    name: 'FTP',
    clear: 21,
    upgrade: 'AUTH TLS',
    implicit: [990],
    note: 'its data port under TLS is 989',
    references: ['RFC 4217'],
  },
  {
    name: 'LDAP',
    clear: 389,
    upgrade: 'StartTLS, an extended operation',
    implicit: [636],
    note: '636 was never standardised',
    references: ['RFC 4511 §4.14', 'RFC 4513 §3'],
  },
  {
    name: 'XMPP, clients',
    clear: 5222,
    upgrade: '<starttls/>',
    implicit: [5223],
    references: ['RFC 6120 §5', 'RFC 7590'],
  },
  {
    name: 'XMPP, servers',
    clear: 5269,
    upgrade: '<starttls/>',
    implicit: [5270],
    references: ['RFC 6120 §5', 'RFC 7590'],
  },
  {
    name: 'HTTP',
    clear: 80,
    upgrade: 'none in practice; redirects and HSTS',
    implicit: [443, 8443],
    note: '8443 is an alternative',
    references: ['RFC 9110 §4.2', 'RFC 6797'],
  },
  { name: 'DNS', clear: 53, upgrade: 'none', implicit: [853], note: 'DNS over TLS', references: ['RFC 7858'] },
  {
    name: 'RDP',
    clear: 3389,
    upgrade: 'TLS, negotiated inside X.224 or CredSSP',
    implicit: [],
    references: ['MS-RDPBCGR'],
  },
];

export const CLAIMS: readonly Claim[] = [
  {
    claim: '993 is for IMAP and POP3',
    correction: '993 is IMAP, 995 is POP3',
    ports: [993, 995],
    references: ['IANA', 'RFC 8314 §3.1, §3.2'],
  },
  {
    claim: '563 is SMTPS',
    correction: '563 is NNTP over TLS and never was SMTP',
    ports: [563],
    references: ['IANA', 'RFC 8143'],
  },
  {
    claim: '567 was SMTP over SSL',
    correction: '567 is no mail port and never was; implicit TLS for submission is 465',
    ports: [567, 465],
    references: ['IANA', 'RFC 8314 §3.3'],
  },
  {
    claim: '2095 is POP3S',
    correction: '2095 and 2096 are the webmail of a hosting panel; POP3 over TLS is 995',
    ports: [2095, 2096, 995],
    references: ['IANA'],
  },
  {
    claim: '587 uses TLS by default',
    correction: '587 starts in clear and must upgrade with STARTTLS',
    ports: [587],
    references: ['RFC 6409', 'RFC 8314 §3.3'],
  },
  {
    claim: 'TLS 1.3 always uses port 443',
    correction: 'TLS says nothing about ports',
    ports: [443],
    references: ['RFC 8446'],
  },
  {
    claim: 'the port encrypts',
    correction:
      'a port is a convention, the protocol on it encrypts; clear text on 465, 993 or 995, or TLS from the first byte on 25, 587, 143 or 110, is a misconfiguration',
    ports: [25, 110, 143, 465, 587, 993, 995],
    references: ['RFC 8314 §3'],
  },
  {
    claim: 'modern deployments use STARTTLS rather than separate ports for TLS',
    correction: 'for submission and mail access implicit TLS is preferred; STARTTLS remains the only way on 25',
    ports: [25, 110, 143, 465, 587, 993, 995],
    references: ['RFC 8314 §3'],
  },
  {
    claim: 'port 25 has no security',
    correction: '25 upgrades with STARTTLS, and DANE or MTA-STS enforce it',
    ports: [25],
    references: ['RFC 3207', 'RFC 7672', 'RFC 8461'],
  },
  {
    claim: '465 is more secure than 25',
    correction: '465 is another service: submission by users, not relay between servers',
    ports: [25, 465],
    references: ['RFC 8314 §3.3'],
  },
  {
    claim: '80 and 443 are for unencrypted HTTP',
    correction: '443 is HTTP over TLS',
    ports: [80, 443],
    references: ['RFC 9110 §4.2.2'],
  },
  {
    claim: 'HTTP/2 requires TLS',
    correction: 'browsers require it; the protocol itself also works in clear',
    ports: [80, 443],
    references: ['RFC 9113 §3'],
  },
  {
    claim: 'RDP on 3389 is not encrypted by default',
    correction: 'RDP first had encryption of its own; today TLS is negotiated inside its connection',
    ports: [3389],
    references: ['MS-RDPBCGR'],
  },
  {
    claim: '2525 is a standard port',
    correction:
      '2525 is a common alternative for submission, but is not registered for it; it starts in clear and upgrades with STARTTLS',
    ports: [2525],
    references: ['IANA'],
  },
  {
    claim: 'a self-signed certificate is fine if I own both ends',
    correction: 'only if the client compares its fingerprint (a pin), or trusts your own CA',
    ports: [],
    references: ['RFC 9525'],
  },
  {
    claim: 'OCSP stapling must be switched on',
    correction:
      'some CAs have stopped OCSP (Let’s Encrypt in 2025): if the certificate names no OCSP address, there is nothing to staple, and CRLs take its place',
    ports: [],
    references: ['RFC 6960', 'RFC 6066 §8'],
  },
  {
    claim: 'AES-256 is needed',
    correction: 'AES-128-GCM and ChaCha20-Poly1305 are as acceptable',
    ports: [],
    references: ['RFC 9325 §4.2'],
  },
  {
    claim: 'the client encrypts a pre-master secret with the server’s RSA key',
    correction: 'TLS 1.3 no longer does that, and TLS 1.2 should not; prefer suites with forward secrecy',
    ports: [],
    references: ['RFC 8446 §1.2', 'RFC 9325 §4.1'],
  },
];

/** Questions that the table answers. */
export const QUESTIONS: readonly {
  readonly topic: string;
  readonly question: string;
  readonly answer: string;
  readonly references: readonly string[];
}[] = [
  {
    topic: 'firewall',
    question: 'Which outgoing ports must a firewall open for mail?',
    answer: 'for users: 465, 587, 993, 995, 143, 110 and 4190; for mail servers: 25, which users do not need',
    references: ['RFC 8314', 'RFC 5804'],
  },
  {
    topic: 'sharing',
    question: 'Can two services share a port?',
    answer:
      'not on one address: a client must know who speaks first, the server or itself, and whether TLS starts at once; some servers guess from the client’s first byte, but clients cannot rely on that',
    references: ['RFC 8314 §3'],
  },
  {
    topic: 'visible',
    question: 'What stays visible under TLS?',
    answer:
      'addresses, ports, sizes and times, the server name (SNI) unless it is encrypted, and with STARTTLS all that comes before it: greeting, EHLO, capabilities',
    references: ['RFC 8446', 'RFC 3207 §6'],
  },
  {
    topic: 'hsts',
    question: 'What does HSTS’s job for mail?',
    answer: 'between mail servers MTA-STS and DANE; for users, a mail client that is configured to require TLS',
    references: ['RFC 8461', 'RFC 7672', 'RFC 8314 §5'],
  },
  {
    topic: 'advice',
    question: 'What are good TLS settings for a mail server?',
    answer:
      'certificates of a trusted authority, with the right name, renewed automatically; TLS 1.2 or later, 1.3 wherever possible; suites with forward secrecy; RSA of 2048 bits or more, or ECDSA; unused and clear-text ports closed; no fallback to clear text',
    references: ['RFC 9325', 'RFC 8314'],
  },
];
