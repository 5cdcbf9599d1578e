import type { ProtocolName } from '../../protocols/protocol.js';
import { definePreset, type PresetSetUp } from './preset.js';

export default definePreset({
  name: 'perl',
  title: 'Perl’s Net::SMTP and Net::POP3',
  program: 'perl',
  needs: ['/usr/share/perl5/Authen/SASL.pm', '/usr/share/perl5/IO/Socket/SSL.pm'],
  packages: 'perl libauthen-sasl-perl libio-socket-ssl-perl',
  remark: '“opportunistic” starts TLS where it is listed',
  configure: (setUp) => {
    const script = SCRIPTS[setUp.protocol]?.(setUp);
    return script === undefined || (setUp.tls === 'implicit' && setUp.policy === 'opportunistic')
      ? undefined
      : { command: ['perl', '{home}/client.pl'], files: { 'client.pl': `${PREAMBLE}${script}` } };
  },
});

const PREAMBLE = `use strict; use warnings;
my %trust = (SSL_ca_file => '{ca}', SSL_verify_mode => 1, SSL_verifycn_name => '{servername}');
`;

/** The lines that connect and start TLS; `listed` says whether the server lists it. */
const opened = (library: string, scheme: string, listed: string, { tls, policy }: PresetSetUp): string => {
  const condition = policy === 'opportunistic' ? ` if ${listed}` : '';
  const upgrade = `$s->starttls(%trust, SSL_verifycn_scheme => '${scheme}') or die 'no TLS: ' . $s->message`;
  return `use ${library};
my $s = ${library}->new('{host}', Port => {port}, Timeout => 8${
    tls === 'implicit' ? `, SSL => 1, SSL_verifycn_scheme => '${scheme}', %trust` : ''
  }) or die "connect: $@";
${tls === 'implicit' ? '' : `(${upgrade})${condition};\n`}`;
};

const SCRIPTS: Partial<Readonly<Record<ProtocolName, (setUp: PresetSetUp) => string>>> = {
  smtp: (
    setUp,
  ) => `${opened('Net::SMTP', 'smtp', "defined $s->supports('STARTTLS')", setUp)}$s->auth('{user}', '{password}') or die 'auth: ' . $s->message;
my $text = do { local $/; open my $m, '<', '{message}'; <$m> };
$s->mail('{from}') and $s->to('{to}') and $s->data($text) or die 'mail: ' . $s->message;
$s->quit;
`,
  pop3: (
    setUp,
  ) => `${opened('Net::POP3', 'pop3', 'exists $s->capabilities->{STLS}', setUp)}defined $s->login('{user}', '{password}') or die 'login: ' . $s->message;
print @{ $s->get(1) or die 'get: ' . $s->message };
$s->quit;
`,
};
