import { definePreset } from './preset.js';

export default definePreset({
  name: 'esmtp',
  title: 'esmtp (libESMTP)',
  program: 'esmtp',
  packages: 'esmtp',
  remark: 'it knows STARTTLS only',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || tls !== 'starttls'
      ? undefined
      : {
          // libESMTP reads authorities in a file of this name only, and no private file that others can read.
          command: [
            'sh',
            '-c',
            'cp "$WAXSEAL_CA" "$HOME/.authenticate/ca.pem" && chmod 700 "$HOME/.authenticate" && chmod 600 "$HOME/.authenticate/ca.pem" && ' +
              'exec esmtp -f "$WAXSEAL_FROM" "$WAXSEAL_TO" < "$WAXSEAL_MESSAGE"',
          ],
          files: {
            '.authenticate/.keep': '',
            '.esmtprc': `hostname = {host}:{port}
username = "{user}"
password = "{password}"
starttls = ${policy === 'required' ? 'required' : 'enabled'}
`,
          },
        },
});
