import type { ProtocolPort } from '../protocol.js';

/** 110 and 995 (RFC 2595 §4, RFC 8314 §3.1). */
export const ports: readonly ProtocolPort[] = [
  {
    role: 'pop3',
    port: 110,
    tls: 'starttls',
    scheme: 'pop3',
    mistakes: ['pop'],
    usual: true,
    login: true,
    loginRank: 3,
    tlsRequired: true,
    common: true,
  },
  {
    role: 'pop3s',
    port: 995,
    tls: 'implicit',
    scheme: 'pop3s',
    mistakes: ['pops'],
    usual: true,
    login: true,
    tlsRequired: true,
    common: true,
  },
];
