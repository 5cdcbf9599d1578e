import { definePreset } from './preset.js';

export default definePreset({
  name: 'postfix',
  title: 'Postfix, to a smarthost',
  program: 'postfix',
  folders: ['/usr/sbin'],
  packages: 'postfix libsasl2-modules',
  remark:
    'it needs root; “required” is smtp_tls_security_level=secure, “opportunistic” may; it is stopped after its first try',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || (tls === 'implicit' && policy === 'opportunistic')
      ? undefined
      : {
          command: ['sh', '{home}/client.sh'],
          files: {
            'client.sh': DELIVER,
            'main.cf': settings(tls === 'implicit', policy === 'required'),
            'master.cf': SERVICES,
          },
        },
});

// Postfix delivers as a user of its own: configuration and queue lie where that one can read them.
const DELIVER = `set -eu
folder=$(mktemp -d /tmp/waxseal-postfix.XXXXXX)
chmod 755 "$folder"
mkdir "$folder/etc" "$folder/queue" "$folder/data"
chown postfix "$folder/data"
sed "s|@FOLDER@|$folder|g" "$HOME/main.cf" >"$folder/etc/main.cf"
cp "$HOME/master.cf" "$folder/etc/master.cf"
trap 'postfix -c "$folder/etc" stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
postfix -c "$folder/etc" start >/dev/null 2>&1
sendmail -C "$folder/etc" -f "$WAXSEAL_FROM" "$WAXSEAL_TO" <"$WAXSEAL_MESSAGE"
while ! grep -qs 'status=' "$folder/log"; do sleep 0.05; done
grep 'postfix/smtp' "$folder/log" >&2
grep -q 'status=sent' "$folder/log"
`;

const settings = (implicit: boolean, required: boolean): string => `compatibility_level = 3.6
queue_directory = @FOLDER@/queue
data_directory = @FOLDER@/data
maillog_file = @FOLDER@/log
maillog_file_prefixes = /
myhostname = client.lab.test
mydestination =
inet_interfaces = loopback-only
alias_maps =
relayhost = [{host}]:{port}
smtp_host_lookup = native
smtp_address_preference = any
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = inline:{ [{host}]:{port}={user}:{password} }
smtp_sasl_security_options = noanonymous
smtp_tls_security_level = ${required ? 'secure' : 'may'}
smtp_tls_wrappermode = ${implicit ? 'yes' : 'no'}
smtp_tls_secure_cert_match = hostname
smtp_tls_CAfile = {ca}
smtp_connect_timeout = 8s
smtp_helo_timeout = 8s
smtp_starttls_timeout = 8s
smtp_mail_timeout = 8s
smtp_quit_timeout = 8s
disable_dns_lookups = yes
`;

const SERVICES = `pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
scache unix - - n - 1 scache
`;
