import { npmModule, npmScript } from './npm-module.js';
import { definePreset } from './preset.js';

export default definePreset({
  name: 'nodemailer',
  title: 'nodemailer',
  program: 'node',
  ...npmModule('nodemailer'),
  remark: '“required” is requireTLS',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || (tls === 'implicit' && policy === 'opportunistic')
      ? undefined
      : {
          command: ['node', '{home}/client.mjs'],
          files: {
            'client.mjs': npmScript(
              'nodemailer',
              `const transport = library.default.createTransport({
  host: '{host}', port: {port}, secure: ${String(tls === 'implicit')}, requireTLS: ${String(policy === 'required')},
  auth: { user: '{user}', pass: '{password}' }, tls: { ca },
  connectionTimeout: 8000, greetingTimeout: 8000, socketTimeout: 8000,
});
await transport.sendMail({ envelope: { from: '{from}', to: '{to}' }, raw: readFileSync('{message}') });
`,
            ),
          },
        },
});
