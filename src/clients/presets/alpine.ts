import { definePreset } from './preset.js';

export default definePreset({
  name: 'alpine',
  title: 'Alpine',
  program: 'alpine',
  packages: 'alpine',
  remark: 'it runs in a terminal, and waxseal ends it once it is idle; “required” is /tls in the name of the mailbox',
  configure: ({ protocol, tls, policy }) => {
    if ((protocol !== 'imap' && protocol !== 'pop3') || (tls === 'implicit' && policy === 'opportunistic'))
      return undefined;
    const flags = `${protocol === 'pop3' ? '/pop3' : ''}${tls === 'implicit' ? '/ssl' : policy === 'required' ? '/tls' : ''}`;
    return {
      terminal: true,
      untilIdle: 6,
      // It repeats a refused login five times, three seconds apart.
      maxTime: 45,
      answers: ['password: ={password}', 'preserve password=n\\c'],
      // Alpine has no option for authorities: OpenSSL's own variable names them.
      command: ['sh', '-c', 'SSL_CERT_FILE="$WAXSEAL_CA" exec alpine -p "$HOME/.pinerc" -i'],
      files: {
        '.pinerc': `inbox-path="{{host}:{port}${flags}/user={user}}INBOX"
personal-name=Tester
user-domain=lab.test
last-version-used=6.26
`,
      },
    };
  },
});
