import { definePreset } from './preset.js';

export default definePreset({
  name: 'swaks',
  title: 'Swaks',
  program: 'swaks',
  packages: 'swaks',
  configure: ({ protocol, tls, policy }) => {
    if (protocol !== 'smtp' || (tls === 'implicit' && policy === 'opportunistic')) return undefined;
    const upgrade = tls === 'implicit' ? '--tls-on-connect' : policy === 'required' ? '--tls' : '--tls-optional';
    const account = ['--auth', 'PLAIN', '--auth-user', '{user}', '--auth-password', '{password}'];
    return {
      command: [
        'swaks',
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
