use Net::SMTP; 
my %e = map { lc(substr($_, 8)) => $ENV{$_} } grep /^WAXSEAL_/, keys %ENV;
my %tls = (SSL_ca_file => $e{ca}, SSL_verify_mode => 1, SSL_verifycn_scheme => 'smtp', SSL_verifycn_name => $e{servername});
my $how = shift;
my $s = Net::SMTP->new($e{host}, Port => $e{port}, Timeout => 5, $how eq 'implicit' ? (SSL => 1, %tls) : ()) or die "connect: $@";
if ($how eq 'required') { $s->starttls(%tls) or die 'no TLS: ' . $s->message; }
if ($how eq 'auto' && defined $s->supports('STARTTLS')) { $s->starttls(%tls) or die 'no TLS'; }
if ($how eq 'unchecked') { $s->starttls(%tls); }
$s->auth($e{user}, $e{password}) or die 'auth: ' . $s->message;
my $text = do { local $/; open my $m, "<", $e{message}; <$m> };
$s->mail($e{from}) and $s->to($e{to}) and $s->data($text) or die 'mail: ' . $s->message;
$s->quit;
