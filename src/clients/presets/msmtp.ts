import { definePreset } from './preset.js';

export default definePreset({
  name: 'msmtp',
  title: 'msmtp',
  program: 'msmtp',
  packages: 'msmtp',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || policy !== 'required'
      ? undefined
      : {
          command: ['sh', '-c', 'exec msmtp -- "$WAXSEAL_TO" < "$WAXSEAL_MESSAGE"'],
          files: { '.msmtprc': settings(tls === 'starttls' ? 'on' : 'off') },
        },
});

const settings = (starttls: 'on' | 'off'): string => `account default
host {host}
port {port}
from {from}
auth on
user {user}
password {password}
tls on
tls_starttls ${starttls}
tls_trust_file {ca}
timeout 8
`;
