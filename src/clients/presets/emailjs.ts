import { npmModule, npmScript } from './npm-module.js';
import { definePreset } from './preset.js';

export default definePreset({
  name: 'emailjs',
  title: 'emailjs',
  program: 'node',
  ...npmModule('emailjs'),
  remark: 'with its option tls it sends STARTTLS whether the server lists it or not',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || policy !== 'required'
      ? undefined
      : {
          command: ['node', '{home}/client.mjs'],
          files: {
            'client.mjs': npmScript(
              'emailjs',
              `const client = new library.SMTPClient({
  host: '{host}', port: {port}, user: '{user}', password: '{password}', timeout: 8000, ${tls === 'implicit' ? 'ssl' : 'tls'}: { ca, servername: '{servername}' },
});
await client.sendAsync({ from: '{from}', to: '{to}', subject: 'A message of emailjs', text: 'Hello' });
`,
            ),
          },
        },
});
