# Exim delivers as a user of its own: configuration and spool lie where that one can read them.
# Arguments: Exim, and the lines of the transport that say how much TLS matters.
set -eu
folder=$(mktemp -d /tmp/waxseal-exim.XXXXXX)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
mkdir "$folder/spool"
[ "$(id -u)" -ne 0 ] || chown Debian-exim: "$folder/spool"
sed "s|@SPOOL@|$folder/spool|g; s|@EXIM@|$1|; s|@TLS@|$2|" "$HOME/exim.conf" >"$folder/exim.conf"
"$1" -C "$folder/exim.conf" -odi -i -f "$WAXSEAL_FROM" "$WAXSEAL_TO" <"$WAXSEAL_MESSAGE"
cat "$folder/spool/mainlog" >&2
