import { npmModule, npmScript } from './npm-module.js';
import { definePreset } from './preset.js';

export default definePreset({
  name: 'imapflow',
  title: 'ImapFlow',
  program: 'node',
  ...npmModule('imapflow'),
  remark: '“required” is doSTARTTLS',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'imap' || (tls === 'implicit' && policy === 'opportunistic')
      ? undefined
      : {
          command: ['node', '{home}/client.mjs'],
          files: {
            'client.mjs': npmScript(
              'imapflow',
              `const client = new library.ImapFlow({
  host: '{host}', port: {port}, secure: ${String(tls === 'implicit')},${tls === 'starttls' && policy === 'required' ? ' doSTARTTLS: true,' : ''}
  auth: { user: '{user}', pass: '{password}' }, tls: { ca }, logger: false,
  connectionTimeout: 8000, greetingTimeout: 8000, socketTimeout: 8000,
});
client.on('error', () => undefined);
await client.connect();
await client.mailboxOpen('INBOX');
await client.fetchOne('1', { source: true });
await client.logout();
`,
            ),
          },
        },
});
