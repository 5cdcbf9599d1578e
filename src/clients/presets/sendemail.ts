import { definePreset } from './preset.js';

export default definePreset({
  name: 'sendemail',
  title: 'sendEmail',
  program: 'sendemail',
  packages: 'sendemail libio-socket-ssl-perl',
  remark: 'it knows STARTTLS only; it has no option for a CA, and uses the default of IO::Socket::SSL',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || tls !== 'starttls'
      ? undefined
      : {
          command: [
            'sh',
            '-c',
            'SSL_CERT_FILE="$WAXSEAL_CA" exec sendemail -v -s "$WAXSEAL_HOST:$WAXSEAL_PORT" -xu "$WAXSEAL_USER" -xp "$WAXSEAL_PASSWORD" ' +
              '-f "$WAXSEAL_FROM" -t "$WAXSEAL_TO" -u "A message of sendEmail" -m Hello ' +
              `-o timeout=8 -o tls=${policy === 'required' ? 'yes' : 'auto'}`,
          ],
        },
});
