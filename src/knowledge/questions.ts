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
    question: 'What takes the place of HSTS for mail?',
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
  {
    topic: 'vpn',
    question: 'Does a VPN make TLS for mail unnecessary?',
    answer:
      'no: it protects the way to its own end only, and from there to the mail server passwords travel as before; nor is a VPN port (OpenVPN 1194, IKE 500 and 4500, WireGuard 51820, mostly UDP) a TLS port, even if one listens on 443',
    references: ['RFC 8314 §3', 'RFC 7296'],
  },
  {
    topic: 'sni',
    question: 'What does SNI name?',
    answer:
      'the host, so that a server with several names shows the right certificate; the service is named by ALPN or, for mail, by the port. It is sent in clear, unless the hello is encrypted (ECH)',
    references: ['RFC 6066 §3', 'RFC 7301'],
  },
  {
    topic: 'alpn',
    question: 'What is ALPN for, and do mail servers use it?',
    answer:
      'in the handshake the client names the protocol that it wants to speak. If both sides check it, an attacker cannot connect a TLS session to another service unnoticed. IMAP, POP3, ManageSieve and some others have registered names; few mail servers check them. A few servers offer IMAP and submission on port 443, and tell them apart by ALPN (chatmail, mox)',
    references: ['RFC 7301', 'RFC 9325 §3.8'],
  },
  {
    topic: 'end-to-end',
    question: 'Does TLS encrypt mail from end to end?',
    answer:
      'no, hop by hop: each server on the way decrypts the mail, and sends it on over another connection. From end to end OpenPGP and S/MIME encrypt',
    references: ['RFC 3207 §6', 'RFC 9580', 'RFC 8551'],
  },
  {
    topic: 'ocsp',
    question: 'Should a mail server staple OCSP answers?',
    answer:
      'only if its certificate names an OCSP address. Some authorities have stopped OCSP (Let’s Encrypt in 2025): then there is nothing to staple, and revocation lists (CRLs) and short lifetimes take its place',
    references: ['RFC 6960', 'RFC 6066 §8', 'RFC 5280 §4.2.1.13'],
  },
  {
    topic: 'pinning',
    question: 'Should a client pin the server’s certificate?',
    answer:
      'not the certificate: the pin breaks at each renewal. Pin the public key, with a second one as a reserve, or an authority of your own. For mail between servers DANE is a pin that is published in DNS and signed with DNSSEC',
    references: ['RFC 7672', 'RFC 7469 §4.3'],
  },
  {
    topic: 'inspection',
    question: 'May a firewall inspect TLS?',
    answer:
      'a box that opens TLS is a man in the middle with an authority of its own, which every client must trust; what it does not verify, nobody does. For mail, “ESMTP inspection” is what hides STARTTLS, and makes clients and servers send in clear',
    references: ['RFC 3207 §6', 'RFC 7258'],
  },
];
