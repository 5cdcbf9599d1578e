import { definePreset } from './preset.js';

export default definePreset({
  name: 'aerc',
  title: 'aerc',
  program: 'aerc',
  packages: 'aerc',
  remark: 'it runs in a terminal, and waxseal ends it once it is idle; with its scheme imap it requires STARTTLS',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'imap' || policy !== 'required'
      ? undefined
      : {
          terminal: true,
          untilIdle: 6,
          // It has no option for authorities: Go's own variable names them.
          command: ['sh', '-c', 'SSL_CERT_FILE="$WAXSEAL_CA" XDG_CONFIG_HOME="$HOME/.config" exec aerc'],
          files: {
            '.config/aerc/accounts.conf': `[lab]
source = ${tls === 'implicit' ? 'imaps' : 'imap'}://{user}:{password}@{host}:{port}
default = INBOX
from = Tester <{from}>
`,
          },
        },
});
