import { definePreset } from './preset.js';

export default definePreset({
  name: 'php-imap',
  title: 'PHP’s imap_open (c-client)',
  program: 'php',
  packages: 'php-imap php-cli',
  remark: 'after STARTTLS it offers no TLS version above 1.0',
  configure: ({ protocol, tls, policy }) => {
    if ((protocol !== 'imap' && protocol !== 'pop3') || (tls === 'implicit' && policy === 'opportunistic'))
      return undefined;
    const flags = `${protocol}${tls === 'implicit' ? '/ssl' : policy === 'required' ? '/tls' : ''}`;
    return {
      command: ['sh', '-c', 'SSL_CERT_FILE="$WAXSEAL_CA" exec php "$HOME/client.php"'],
      files: { 'client.php': script(flags) },
    };
  },
});

const script = (flags: string): string => `<?php
foreach ([IMAP_OPENTIMEOUT, IMAP_READTIMEOUT, IMAP_WRITETIMEOUT] as $which) imap_timeout($which, 8);
$session = imap_open('{{host}:{port}/${flags}}INBOX', '{user}', '{password}', 0, 1);
if (!$session) exit(1);
$mail = imap_body($session, 1);
if ($mail === false || imap_errors()) exit(1);
echo $mail;
imap_close($session);
`;
