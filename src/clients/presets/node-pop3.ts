import { npmModule, npmScript } from './npm-module.js';
import { definePreset } from './preset.js';

export default definePreset({
  name: 'node-pop3',
  title: 'node-pop3',
  program: 'node',
  ...npmModule('node-pop3'),
  remark: 'it knows implicit TLS only',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'pop3' || tls !== 'implicit' || policy !== 'required'
      ? undefined
      : {
          command: ['node', '{home}/client.mjs'],
          files: {
            'client.mjs': npmScript(
              'node-pop3',
              `const Pop3 = library.default.default ?? library.default;
const session = new Pop3({
  host: '{host}', port: {port}, user: '{user}', password: '{password}', tls: true, timeout: 8000,
  servername: '{servername}', tlsOptions: { ca },
});
await session.RETR(1);
await session.QUIT();
`,
            ),
          },
        },
});
