import { definePreset, inLab } from './preset.js';

export default definePreset({
  name: 'exim',
  title: 'Exim, to a smarthost',
  program: 'exim4',
  folders: ['/usr/sbin', inLab('exim4-daemon-light', 'usr/sbin')],
  packages: 'exim4-daemon-light',
  remark: 'it needs root; “required” sets hosts_require_tls, tls_verify_hosts and tls_verify_cert_hostnames',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || (tls === 'implicit' && policy === 'opportunistic')
      ? undefined
      : {
          command: ['sh', '{home}/client.sh'],
          files: { 'client.sh': DELIVER, 'exim.conf': settings(transport(tls === 'implicit', policy === 'required')) },
        },
});

// Exim delivers as a user of its own: configuration and spool lie where that one can read them.
const DELIVER = `set -eu
exim=$(command -v exim4)
folder=$(mktemp -d /tmp/waxseal-exim.XXXXXX)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
mkdir "$folder/spool"
[ "$(id -u)" -ne 0 ] || chown Debian-exim: "$folder/spool"
sed "s|@SPOOL@|$folder/spool|g; s|@EXIM@|$exim|" "$HOME/exim.conf" >"$folder/exim.conf"
"$exim" -C "$folder/exim.conf" -odi -i -f "$WAXSEAL_FROM" "$WAXSEAL_TO" <"$WAXSEAL_MESSAGE"
cat "$folder/spool/mainlog" >&2
grep -q '=>' "$folder/spool/mainlog"
`;

const transport = (implicit: boolean, required: boolean): string =>
  [
    ...(implicit ? ['protocol = smtps'] : []),
    ...(required ? ['hosts_require_tls = *', 'tls_verify_hosts = *', 'tls_verify_cert_hostnames = *'] : []),
  ].join('\n  ');

const settings = (security: string): string => `primary_hostname = client.lab.test
spool_directory = @SPOOL@
log_file_path = @SPOOL@/%slog
exim_path = @EXIM@
keep_environment =
never_users =
acl_not_smtp = accept
begin acl
begin routers
smarthost:
  driver = manualroute
  transport = smarthost
  route_list = * {host} byname
  self = send
begin transports
smarthost:
  driver = smtp
  port = {port}
  hosts_require_auth = *
  ${security}
  tls_verify_certificates = {ca}
  connect_timeout = 8s
  command_timeout = 8s
  data_timeout = 8s
  final_timeout = 8s
begin retry
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  client_send = ^{user}^{password}
`;
