import { npmModule, npmScript } from './npm-module.js';
import { definePreset } from './preset.js';

export default definePreset({
  name: 'node-imap',
  title: 'node-imap',
  program: 'node',
  ...npmModule('imap'),
  remark: '“required” is autotls: required, “opportunistic” autotls: always',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'imap' || (tls === 'implicit' && policy === 'opportunistic')
      ? undefined
      : {
          command: ['node', '{home}/client.mjs'],
          files: {
            'client.mjs': npmScript(
              'imap',
              `const client = new library.default({
  host: '{host}', port: {port}, user: '{user}', password: '{password}', connTimeout: 8000, authTimeout: 8000,
  tlsOptions: { ca, servername: '{servername}' }, ${tls === 'implicit' ? 'tls: true' : `autotls: '${policy === 'required' ? 'required' : 'always'}'`},
});
client.once('ready', () => {
  client.openBox('INBOX', true, () => {
    const fetched = client.seq.fetch('1', { bodies: '' });
    fetched.on('message', (message) => message.on('body', (body) => body.resume()));
    fetched.once('end', () => client.end());
  });
});
client.once('error', (error) => {
  console.error(String(error));
  process.exitCode = 1;
  client.destroy();
});
client.connect();
`,
            ),
          },
        },
});
