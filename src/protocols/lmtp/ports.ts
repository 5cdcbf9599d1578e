import type { ProtocolPort } from '../protocol.js';

/** 24, where anything is registered (“any private mail system”) and LMTP is usual; never 25 (RFC 2033 §5). */
export const ports: readonly ProtocolPort[] = [
  {
    role: 'lmtp',
    port: 24,
    tls: 'starttls',
    scheme: 'lmtp',
    usual: true,
    login: true,
    loginRank: 5,
    // It is meant for the servers of one site: no document asks for TLS.
    tlsRequired: false,
    common: false,
  },
];
