import type { ProtocolName } from '../../protocols/protocol.js';
import { definePreset } from './preset.js';

export default definePreset({
  name: 'fdm',
  title: 'fdm',
  program: 'fdm',
  packages: 'fdm',
  remark: 'started by root it runs as another user, who must be able to read the CA file',
  configure: ({ protocol, tls, policy }) => {
    const scheme = SCHEMES[protocol]?.[tls];
    return scheme === undefined || policy !== 'required'
      ? undefined
      : {
          // fdm has no option for authorities: OpenSSL's own variable names them.
          command: ['sh', '-c', 'SSL_CERT_FILE="$WAXSEAL_CA" exec fdm -v -f "$HOME/.fdm.conf" fetch'],
          files: {
            '.fdm.conf': `set verify-certificates
set timeout 8
set lock-file "{home}/.fdm.lock"
account "lab" ${scheme} server "{host}" port {port} user "{user}" pass "{password}"${tls === 'starttls' ? ' starttls' : ''}
action "drop" drop
match all action "drop"
`,
          },
        };
  },
});

const SCHEMES: Partial<Readonly<Record<ProtocolName, Readonly<Record<'starttls' | 'implicit', string>>>>> = {
  imap: { starttls: 'imap', implicit: 'imaps' },
  pop3: { starttls: 'pop3', implicit: 'pop3s' },
};
