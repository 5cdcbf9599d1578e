import { definePreset } from './preset.js';

export default definePreset({
  name: 'mpop-configure',
  title: 'mpop --configure',
  program: 'mpop',
  packages: 'mpop',
  discovers: true,
  remark:
    'Finds its server by SRV records, and always demands TLS. Where the host is of another domain it writes a warning into the configuration; this preset stops there, as a careful user would.',
  configure: ({ protocol, policy }) =>
    protocol !== 'pop3' || policy !== 'required'
      ? undefined
      : {
          command: [
            'sh',
            '-c',
            `umask 077; mpop --configure "$WAXSEAL_FROM" > "$HOME/.mpoprc" || exit
if grep '^# - warning' "$HOME/.mpoprc" >&2; then exit 1; fi
cat "$HOME/further" >> "$HOME/.mpoprc"
exec mpop "$WAXSEAL_FROM"`,
          ],
          files: { further: 'user {user}\npassword {password}\ntls_trust_file {ca}\ntimeout 8\nkeep on\n' },
        },
});
