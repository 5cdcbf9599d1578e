# SMTP by sysread and a buffer of its own; AUTH LOGIN only. Words: keep (the buffer outlives STARTTLS), loose (goes on in clear).
use strict;
use IO::Socket::INET;
use IO::Socket::SSL;
use MIME::Base64;
my %is = map { $_ => 1 } @ARGV;
my %E = map { lc(substr($_, 8)) => $ENV{$_} } grep { /^WAXSEAL_/ } keys %ENV;
my $s = IO::Socket::INET->new(PeerAddr => $E{host}, PeerPort => $E{port}) or die;
my $buffer = '';

sub line {
    while ($buffer !~ /\n/) { sysread($s, my $more, 4096) or die 'end'; $buffer .= $more }
    $buffer =~ s/^(.*?)\r?\n//;
    return $1;
}
sub reply { my @lines; do { push @lines, line() } while ($lines[-1] =~ /^\d\d\d-/); return @lines }
sub ask { syswrite($s, "$_[0]\r\n"); return reply() }
sub want { my @lines = ask($_[0]); die $_[0] if $lines[-1] !~ /^[23]/ }

reply();
my @list = ask('EHLO lab.test');
my $go = (grep { /STARTTLS/ } @list) && (ask('STARTTLS'))[-1] =~ /^220/;
if ($go) {
    $buffer = '' unless $is{keep};
    IO::Socket::SSL->start_SSL($s, SSL_ca_file => $E{ca}, SSL_hostname => $E{servername}, SSL_verifycn_name => $E{servername},
        SSL_verifycn_scheme => 'smtp', SSL_verify_mode => SSL_VERIFY_PEER) or die 'no TLS';
    ask('EHLO lab.test');
}
elsif (!$is{loose}) { ask('QUIT'); exit 1 }
want($_) for 'AUTH LOGIN', encode_base64($E{user}, ''), encode_base64($E{password}, ''), "MAIL FROM:<$E{from}>", "RCPT TO:<$E{to}>", 'DATA';
open my $file, '<', $E{message};
local $/;
(my $mail = <$file>) =~ s/\s+$//;
ask("$mail\r\n.");
ask('QUIT');
