import { definePreset } from './preset.js';

export default definePreset({
  name: 'mailutils',
  title: 'GNU Mailutils’ movemail',
  program: 'movemail.mailutils',
  packages: 'mailutils',
  remark: 'it starts TLS where the server lists it; no option requires TLS',
  configure: ({ protocol, tls, policy }) =>
    (protocol !== 'imap' && protocol !== 'pop3') || (tls === 'implicit') !== (policy === 'required')
      ? undefined
      : {
          command: [
            'sh',
            '-c',
            'exec movemail.mailutils --no-config --set "tls.ssl-ca-file=$WAXSEAL_CA" --preserve ' +
              `"${tls === 'implicit' ? SECURE[protocol] : protocol === 'imap' ? 'imap' : 'pop'}://$WAXSEAL_USER:$WAXSEAL_PASSWORD@$WAXSEAL_HOST:$WAXSEAL_PORT${protocol === 'imap' ? '/INBOX' : ''}" "$HOME/inbox"`,
          ],
        },
});

const SECURE = { imap: 'imaps', pop3: 'pops' };
