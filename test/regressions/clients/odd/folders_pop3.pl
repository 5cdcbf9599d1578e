# POP3; four mailboxes, one connection each. By the word "loose" the last one is opened by old code, which verifies nothing.
use strict;
use IO::Socket::SSL;
my %E = map { lc(substr($_, 8)) => $ENV{$_} } grep { /^WAXSEAL_/ } keys %ENV;

sub want {
    my ($s, $text) = @_;
    print $s "$text\r\n" if defined $text;
    my $line = <$s>;
    die 'refused' if !defined $line || $line !~ /^\+OK/;
}

for my $folder (1 .. 4) {
    my $none = $folder == 4 && $ARGV[0] eq 'loose';
    my $s = IO::Socket::SSL->new(PeerAddr => $E{host}, PeerPort => $E{port}, SSL_ca_file => $E{ca}, SSL_hostname => $E{servername},
        SSL_verifycn_name => $E{servername}, SSL_verifycn_scheme => $none ? 'none' : 'pop3',
        SSL_verify_mode => $none ? SSL_VERIFY_NONE : SSL_VERIFY_PEER) or die "no TLS: $SSL_ERROR";
    want($s);
    want($s, $_) for "USER $E{user}", "PASS $E{password}", 'STAT', 'QUIT';
    close $s;
}
