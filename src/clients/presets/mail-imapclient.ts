import { definePreset } from './preset.js';

export default definePreset({
  name: 'mail-imapclient',
  title: 'Perl’s Mail::IMAPClient',
  program: 'perl',
  needs: ['/usr/share/perl5/Mail/IMAPClient.pm', '/usr/share/perl5/IO/Socket/SSL.pm'],
  packages: 'libmail-imapclient-perl libio-socket-ssl-perl',
  remark: '“opportunistic” asks has_capability for STARTTLS first',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'imap' || (tls === 'implicit' && policy === 'opportunistic')
      ? undefined
      : {
          command: ['perl', '{home}/client.pl'],
          files: {
            'client.pl': `use strict; use warnings; use Mail::IMAPClient;
my $trust = [SSL_ca_file => '{ca}', SSL_verify_mode => 1, SSL_verifycn_name => '{servername}', SSL_verifycn_scheme => 'imap'];
my $s = Mail::IMAPClient->new(Server => '{host}', Port => {port}, Timeout => 8, ${
              tls === 'implicit' ? 'Ssl => $trust' : policy === 'required' ? 'Starttls => $trust' : ''
            }) or die "connect: $@";
${policy === 'opportunistic' ? `if ($s->has_capability('STARTTLS')) { $s->Starttls($trust); $s->starttls or die 'no TLS: ' . $s->LastError; }\n` : ''}$s->User('{user}'); $s->Password('{password}');
$s->login or die 'login: ' . $s->LastError;
$s->select('INBOX') or die 'select: ' . $s->LastError;
my $mail = $s->message_string(1);
defined $mail or die 'fetch: ' . $s->LastError;
print $mail;
$s->logout;
`,
          },
        },
});
