import type { ProtocolPort } from '../protocol.js';

/** 4190 (RFC 5804 §1.8). No port for TLS from the first byte was ever registered. */
export const ports: readonly ProtocolPort[] = [
  {
    role: 'sieve',
    port: 4190,
    tls: 'starttls',
    scheme: 'sieve',
    aliases: ['managesieve'],
    usual: true,
    login: true,
    loginRank: 4,
    tlsRequired: true,
    common: true,
  },
  {
    // Some servers begin with TLS all the same, mostly on this very port.
    role: 'sieves',
    port: 4190,
    tls: 'implicit',
    scheme: 'sieves',
    aliases: ['managesieves'],
    usual: false,
    login: true,
    tlsRequired: true,
    common: false,
  },
];
