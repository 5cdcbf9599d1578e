import { definePreset } from './preset.js';

export default definePreset({
  name: 'fetchmail',
  title: 'fetchmail',
  program: 'fetchmail',
  packages: 'fetchmail',
  configure: ({ protocol, tls, policy }) => {
    if ((protocol !== 'imap' && protocol !== 'pop3') || (tls === 'implicit' && policy === 'opportunistic'))
      return undefined;
    // With certificates checked, fetchmail insists on TLS; without, and with no protocol named, it takes what is offered.
    const security =
      policy === 'opportunistic' ? 'no sslcertck' : `${tls === 'implicit' ? 'ssl' : 'sslproto "auto"'} sslcertck`;
    return {
      command: [
        'fetchmail',
        '--verbose',
        '--nosyslog',
        '--pidfile',
        '{home}/fetchmail.pid',
        '--fetchmailrc',
        '{home}/.fetchmailrc',
      ],
      files: {
        '.fetchmailrc': `poll {host} protocol ${protocol} service {port} timeout 8 auth password
  user "{user}" password "{password}" ${security} sslcertfile "{ca}"
  keep fetchall mda "cat >/dev/null"
`,
      },
    };
  },
});
