use Net::POP3;
my %e = map { lc(substr($_, 8)) => $ENV{$_} } grep /^WAXSEAL_/, keys %ENV;
my %tls = (SSL_ca_file => $e{ca}, SSL_verify_mode => 1, SSL_verifycn_scheme => 'pop3', SSL_verifycn_name => $e{servername});
my ($how, $login) = @ARGV;
my $s = Net::POP3->new($e{host}, Port => $e{port}, Timeout => 5, $how eq 'implicit' ? (SSL => 1, %tls) : ()) or die "connect: $@";
if ($how eq 'required') { $s->starttls(%tls) or die 'no TLS: ' . $s->message; }
defined($login eq 'apop' ? $s->apop($e{user}, $e{password}) : $s->login($e{user}, $e{password})) or die 'login: ' . $s->message;
print @{$s->get(1)}; $s->quit;
