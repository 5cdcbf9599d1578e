import { definePreset } from './preset.js';

export default definePreset({
  name: 'swaks',
  title: 'Swaks',
  program: 'swaks',
  packages: 'swaks',
  configure: ({ protocol, tls, policy }) => {
    const dialect = DIALECTS[protocol];
    if (dialect === undefined || (tls === 'implicit' && policy === 'opportunistic')) return undefined;
    const upgrade = tls === 'implicit' ? '--tls-on-connect' : policy === 'required' ? '--tls' : '--tls-optional';
    const account = ['--auth', 'PLAIN', '--auth-user', '{user}', '--auth-password', '{password}'];
    return {
      command: [
        'swaks',
        '--protocol',
        dialect,
        '--server',
        '{host}',
        '--port',
        '{port}',
        '--timeout',
        '8',
        upgrade,
        '--tls-verify',
        '--tls-ca-path',
        '{ca}',
        ...account,
        '--from',
        '{from}',
        '--to',
        '{to}',
        '--data',
        '@{message}',
      ],
    };
  },
});

/** Swaks’ names for the protocols that it speaks. */
const DIALECTS: Readonly<Record<string, string>> = { smtp: 'ESMTP', lmtp: 'LMTP' };
