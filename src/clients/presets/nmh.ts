import { definePreset } from './preset.js';

export default definePreset({
  name: 'nmh',
  title: 'nmh’s post',
  program: '/usr/lib/mh/post',
  packages: 'nmh',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || policy !== 'required'
      ? undefined
      : {
          // nmh has no option for authorities: OpenSSL's own variable names them.
          command: [
            'sh',
            '-c',
            `SSL_CERT_FILE="$WAXSEAL_CA" exec /usr/lib/mh/post -mts smtp -server "$WAXSEAL_HOST" -port "$WAXSEAL_PORT" \
${tls === 'starttls' ? '-tls' : '-initialtls'} -sasl -saslmech PLAIN -user "$WAXSEAL_USER" -credentials "file:$HOME/netrc" "$HOME/draft"`,
          ],
          files: {
            '.mh_profile': 'Path: Mail\n',
            'Mail/.keep': '',
            netrc: 'machine {host} login {user} password {password}\n',
            draft: 'From: <{from}>\nTo: <{to}>\nSubject: A message of nmh\n\nHello\n',
          },
        },
});
