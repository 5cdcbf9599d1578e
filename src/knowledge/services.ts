/** A service and the ports on which it is found (IANA's registry; RFC 8314, 3207, 2595, 5804, 4642, 4217, 4511, 7858). */
export interface Service {
  readonly name: string;
  /** The protocol, as guides call it. */
  readonly speaks: string;
  /** Starts in clear. */
  readonly clear?: number;
  /** How TLS starts on that port. */
  readonly upgrade?: string;
  /** TLS from the first byte; more than one where an alternative is common. */
  readonly implicit: readonly number[];
  /** Neither clear text nor TLS: the protocol encrypts by itself. */
  readonly apart?: readonly number[];
  readonly note?: string;
  readonly references: readonly string[];
}

export const SERVICES: readonly Service[] = [
  {
    name: 'SMTP relay (MX)',
    speaks: 'SMTP',
    clear: 25,
    upgrade: 'STARTTLS, opportunistic; enforced by DANE or MTA-STS',
    implicit: [],
    note: 'for mail between servers; there is no port with implicit TLS for it',
    references: ['RFC 3207', 'RFC 7672', 'RFC 8461'],
  },
  {
    name: 'SMTP submission',
    speaks: 'SMTP',
    clear: 587,
    upgrade: 'STARTTLS',
    implicit: [465],
    note: '465 (submissions) is preferred. It was once called smtps; later it was registered for another service only, until RFC 8314 registered it for mail again',
    references: ['RFC 6409', 'RFC 8314 §3.3'],
  },
  {
    name: 'IMAP',
    speaks: 'IMAP',
    clear: 143,
    upgrade: 'STARTTLS',
    implicit: [993],
    note: '993 is preferred',
    references: ['RFC 9051 §11.1', 'RFC 8314 §3.2'],
  },
  {
    name: 'POP3',
    speaks: 'POP3',
    clear: 110,
    upgrade: 'STLS',
    implicit: [995],
    note: '995 is preferred',
    references: ['RFC 2595 §4', 'RFC 8314 §3.1'],
  },
  {
    name: 'ManageSieve',
    speaks: 'ManageSieve',
    clear: 4190,
    upgrade: 'STARTTLS',
    implicit: [],
    note: 'no implicit port is registered',
    references: ['RFC 5804 §1.8, §2.2'],
  },
  {
    name: 'LMTP',
    speaks: 'LMTP',
    clear: 24,
    upgrade: 'STARTTLS',
    implicit: [],
    note: 'more often on a local socket',
    references: ['RFC 2033'],
  },
  {
    name: 'NNTP',
    speaks: 'NNTP',
    clear: 119,
    upgrade: 'STARTTLS',
    implicit: [563],
    references: ['RFC 4642', 'RFC 8143'],
  },
  {
    name: 'FTP',
    speaks: 'FTP',
    clear: 21,
    upgrade: 'AUTH TLS',
    implicit: [990],
    note: 'its data port under TLS is 989',
    references: ['RFC 4217'],
  },
  {
    name: 'FTP, data',
    speaks: 'FTP',
    clear: 20,
    upgrade: 'PROT P, said on the control connection',
    implicit: [989],
    note: '989 belongs to 990; most servers choose another port for each transfer',
    references: ['RFC 4217 §9', 'IANA'],
  },
  {
    name: 'LDAP',
    speaks: 'LDAP',
    clear: 389,
    upgrade: 'StartTLS, an extended operation',
    implicit: [636],
    note: '636 was never standardised',
    references: ['RFC 4511 §4.14', 'RFC 4513 §3'],
  },
  {
    name: 'XMPP, clients',
    speaks: 'XMPP',
    clear: 5222,
    upgrade: '<starttls/>',
    implicit: [5223],
    references: ['RFC 6120 §5', 'RFC 7590'],
  },
  {
    name: 'XMPP, servers',
    speaks: 'XMPP',
    clear: 5269,
    upgrade: '<starttls/>',
    implicit: [5270],
    references: ['RFC 6120 §5', 'RFC 7590'],
  },
  {
    name: 'HTTP',
    speaks: 'HTTP',
    clear: 80,
    upgrade: 'none in practice; redirects and HSTS',
    implicit: [443],
    references: ['RFC 9110 §4.2', 'RFC 6797'],
  },
  {
    name: 'HTTP, alternative ports',
    speaks: 'HTTP',
    clear: 8080,
    upgrade: 'none in practice',
    implicit: [8443],
    note: 'for servers without the right to open 80 and 443, and for proxies; no mail protocol',
    references: ['IANA', 'RFC 9110 §4.2'],
  },
  {
    name: 'DNS',
    speaks: 'DNS',
    clear: 53,
    upgrade: 'none',
    implicit: [853],
    note: 'DNS over TLS',
    references: ['RFC 7858'],
  },
  {
    name: 'RDP',
    speaks: 'RDP',
    clear: 3389,
    upgrade: 'TLS, negotiated inside X.224 or CredSSP',
    implicit: [],
    references: ['MS-RDPBCGR'],
  },
  {
    name: 'SNMP',
    speaks: 'SNMP',
    clear: 161,
    upgrade: 'none; SNMPv3 encrypts by itself',
    implicit: [10161],
    note: 'versions 1 and 2c send their password (the community) in clear; 10161 is TLS and DTLS',
    references: ['RFC 3414', 'RFC 6353'],
  },
  {
    name: 'SSH',
    speaks: 'SSH',
    implicit: [],
    apart: [22],
    note: 'encrypts by itself, without TLS and without certificates of authorities',
    references: ['RFC 4253'],
  },
  {
    name: 'VPN: OpenVPN, IKE (IPsec), WireGuard',
    speaks: 'VPN',
    implicit: [],
    apart: [1194, 500, 4500, 51820],
    note: 'mostly UDP; each encrypts by itself (OpenVPN with TLS inside its own packets), and none is a TLS port',
    references: ['IANA', 'RFC 7296'],
  },
];
