import { definePreset } from './preset.js';

export default definePreset({
  name: 'msmtp-configure',
  title: 'msmtp --configure',
  program: 'msmtp',
  packages: 'msmtp',
  discovers: true,
  remark:
    'Finds its server by SRV records, and always demands TLS. Where the host is of another domain it writes a warning into the configuration; this preset stops there, as a careful user would.',
  configure: ({ protocol, policy }) =>
    protocol !== 'smtp' || policy !== 'required'
      ? undefined
      : {
          command: [
            'sh',
            '-c',
            `umask 077; msmtp --configure "$WAXSEAL_FROM" > "$HOME/.msmtprc" || exit
if grep '^# - warning' "$HOME/.msmtprc" >&2; then exit 1; fi
cat "$HOME/further" >> "$HOME/.msmtprc"
exec msmtp -a "$WAXSEAL_FROM" -- "$WAXSEAL_TO" < "$WAXSEAL_MESSAGE"`,
          ],
          files: { further: 'user {user}\npassword {password}\ntls_trust_file {ca}\ntimeout 8\n' },
        },
});
