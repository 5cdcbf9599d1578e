import type { ProtocolPort } from '../protocol.js';

/** 25 for relays (RFC 3207), 587 and 465 for submission (RFC 6409, RFC 8314 §3.3). Clients know the schemes `smtp` and `smtps` for all of them. */
export const ports: readonly ProtocolPort[] = [
  {
    role: 'smtp',
    port: 25,
    tls: 'starttls',
    scheme: 'smtp',
    mistakes: ['mx'],
    usual: false,
    login: false,
    loginRank: 6,
    tlsRequired: false,
    common: true,
  },
  {
    role: 'submission',
    port: 587,
    alternatives: [2525],
    tls: 'starttls',
    scheme: 'smtp',
    usual: true,
    login: true,
    loginRank: 2,
    tlsRequired: true,
    common: true,
  },
  {
    role: 'submissions',
    port: 465,
    tls: 'implicit',
    scheme: 'smtps',
    // What submissions was called before RFC 8314.
    aliases: ['smtps'],
    mistakes: ['ssmtp'],
    usual: true,
    login: true,
    tlsRequired: true,
    common: true,
  },
];
