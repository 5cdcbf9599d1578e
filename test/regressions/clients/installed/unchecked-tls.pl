# SMTP; does not look at what became of start_SSL: the socket is as it was before. Its argument: seconds to think.
use IO::Socket::SSL; use IO::Socket::INET; use MIME::Base64;
my $s = IO::Socket::INET->new(PeerAddr=>$ENV{WAXSEAL_HOST}, PeerPort=>$ENV{WAXSEAL_PORT}) or die; $|=1;
sub rd { my $l; do { $l = <$s> } while (defined $l && $l =~ /^\d+-/); $l } 
rd(); print $s "EHLO x\r\n"; rd(); print $s "STARTTLS\r\n"; rd();
IO::Socket::SSL->start_SSL($s, SSL_ca_file=>$ENV{WAXSEAL_CA}, SSL_verify_mode=>SSL_VERIFY_PEER, SSL_hostname=>$ENV{WAXSEAL_SERVERNAME}, SSL_verifycn_name=>$ENV{WAXSEAL_SERVERNAME}, SSL_verifycn_scheme=>'smtp') or warn "TLS: $SSL_ERROR";
sleep $ARGV[0] if $ARGV[0];
print $s "EHLO x\r\n"; rd(); print $s "AUTH LOGIN\r\n"; rd(); print $s encode_base64($ENV{WAXSEAL_USER},'')."\r\n"; rd(); print $s encode_base64($ENV{WAXSEAL_PASSWORD},'')."\r\n"; rd(); print $s "QUIT\r\n"; rd();
