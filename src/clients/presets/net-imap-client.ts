import { definePreset } from './preset.js';

export default definePreset({
  name: 'net-imap-client',
  title: 'Perl’s Net::IMAP::Client',
  program: 'perl',
  needs: ['/usr/share/perl5/Net/IMAP/Client.pm'],
  packages: 'libnet-imap-client-perl libio-socket-ssl-perl',
  remark:
    'it ignores its option ssl_ca_file (0.9507) and reads only the system’s CA file, which waxseal replaces for this client alone',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'imap' || policy !== 'required'
      ? undefined
      : {
          trust: 'namespace',
          command: ['perl', '{home}/client.pl'],
          files: {
            'client.pl': `use strict; use warnings; use Net::IMAP::Client;
my $s = Net::IMAP::Client->new(server => '{host}', port => {port}, user => '{user}', pass => '{password}', timeout => 8,
  ${tls === 'implicit' ? 'ssl' : 'tls'} => 1, ssl_verify_peer => 1, ssl_ca_file => '{ca}') or die "connect: $@";
$s->login or die 'login: ' . $s->last_error;
$s->select('INBOX') or die 'select: ' . $s->last_error;
print \${ $s->get_rfc822_body(1) };
$s->logout;
`,
          },
        },
});
