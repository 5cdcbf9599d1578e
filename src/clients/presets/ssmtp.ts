import { definePreset, inLab } from './preset.js';

export default definePreset({
  name: 'ssmtp',
  title: 'sSMTP',
  program: 'ssmtp',
  folders: ['/usr/sbin', inLab('ssmtp', 'usr/sbin')],
  packages: 'ssmtp',
  remark: 'it verifies no certificate: Debian’s build has no option for that',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || policy !== 'required'
      ? undefined
      : {
          command: [
            'sh',
            '-c',
            'exec ssmtp -v -C"$HOME/ssmtp.conf" -f"$WAXSEAL_FROM" "$WAXSEAL_TO" < "$WAXSEAL_MESSAGE"',
          ],
          files: {
            'ssmtp.conf': `mailhub={host}:{port}
hostname=client.lab.test
FromLineOverride=yes
UseTLS=yes
UseSTARTTLS=${tls === 'starttls' ? 'yes' : 'no'}
TLS_CA_File={ca}
AuthUser={user}
AuthPass={password}
`,
          },
        },
});
