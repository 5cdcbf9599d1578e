import type { ProtocolPort } from '../protocol.js';

/** 143 and 993 (RFC 9051 §11.1, RFC 8314 §3.2). */
export const ports: readonly ProtocolPort[] = [
  {
    role: 'imap',
    port: 143,
    tls: 'starttls',
    scheme: 'imap',
    mistakes: ['imap4'],
    usual: true,
    login: true,
    loginRank: 1,
    tlsRequired: true,
    common: true,
  },
  {
    role: 'imaps',
    port: 993,
    tls: 'implicit',
    scheme: 'imaps',
    usual: true,
    login: true,
    tlsRequired: true,
    common: true,
  },
];
