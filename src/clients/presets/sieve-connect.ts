import { definePreset } from './preset.js';

export default definePreset({
  name: 'sieve-connect',
  title: 'sieve-connect',
  program: 'sieve-connect',
  packages: 'sieve-connect',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'managesieve' || tls !== 'starttls' || policy !== 'required'
      ? undefined
      : {
          command: [
            'sh',
            '-c',
            'exec sieve-connect --server "$WAXSEAL_HOST" --port "$WAXSEAL_PORT" --user "$WAXSEAL_USER" --tlscafile "$WAXSEAL_CA" --list --passwordfd 3 3< "$HOME/password"',
          ],
          files: { password: '{password}\n' },
        },
});
