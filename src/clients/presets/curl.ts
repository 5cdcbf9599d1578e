import { definePreset } from './preset.js';

export default definePreset({
  name: 'curl',
  title: 'curl',
  program: 'curl',
  packages: 'curl',
  configure: ({ protocol, tls, policy }) => {
    const request = REQUESTS[protocol];
    if (request === undefined || (tls === 'implicit' && policy === 'opportunistic')) return undefined;
    const upgrade = tls === 'implicit' ? [] : [policy === 'required' ? '--ssl-reqd' : '--ssl'];
    return {
      command: [
        'curl',
        '--silent',
        '--show-error',
        '--max-time',
        '8',
        ...upgrade,
        '--cacert',
        '{ca}',
        '--user',
        '{user}:{password}',
        ...request,
      ],
    };
  },
});

const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  smtp: ['--mail-from', '{from}', '--mail-rcpt', '{to}', '--upload-file', '{message}', '{url}'],
  imap: ['{url}/INBOX;MAILINDEX=1'],
  pop3: ['{url}/1'],
};
