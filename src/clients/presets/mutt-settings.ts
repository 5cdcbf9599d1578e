import type { TlsMode } from '../../protocols/protocol.js';
import type { TlsPolicy } from '../../verdict/visit.js';

/** Settings of Mutt and NeoMutt for sending; a bad certificate ends a run without a terminal. */
export const muttSettings = (
  tls: TlsMode,
  policy: TlsPolicy,
): string => `set smtp_url="smtp${tls === 'implicit' ? 's' : ''}://{user}@{host}:{port}/"
set smtp_pass="{password}"
set from="{from}"
set use_from=yes
set ssl_starttls=yes
set ssl_force_tls=${policy === 'required' ? 'yes' : 'no'}
set ssl_ca_certificates_file="{ca}"
set certificate_file="{home}/accepted"
set connect_timeout=8
set copy=no
set record=""
set folder="{home}/Mail"
`;

/** The shell line that sends the visit's message. */
export const sendingWith = (program: 'mutt' | 'neomutt'): readonly string[] => [
  'sh',
  '-c',
  `exec ${program} -n -F "$HOME/.muttrc" -s "$WAXSEAL_TO" -- "$WAXSEAL_TO" < "$WAXSEAL_MESSAGE"`,
];
