import { definePreset } from './preset.js';

export default definePreset({
  name: 's-nail',
  title: 'S-nail',
  program: 's-nail',
  packages: 's-nail',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || policy !== 'required'
      ? undefined
      : {
          command: [
            'sh',
            '-c',
            'MAILRC="$HOME/.mailrc" exec s-nail -:u -s "$WAXSEAL_TO" "$WAXSEAL_TO" < "$WAXSEAL_MESSAGE"',
          ],
          files: { '.mailrc': settings(tls === 'starttls' ? 'submission' : 'submissions', tls === 'starttls') },
        },
});

const settings = (scheme: string, upgrade: boolean): string => `set v15-compat
set mta=${scheme}://{user}:{password}@{host}:{port}
set from={from}
set smtp-auth=login
${upgrade ? 'set smtp-use-starttls\n' : ''}set tls-verify=strict
set tls-ca-file={ca}
set tls-ca-no-defaults
set sendwait
set record=/dev/null
set DEAD=/dev/null
`;
