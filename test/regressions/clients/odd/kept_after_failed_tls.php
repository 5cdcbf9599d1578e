<?php
// SMTP; starts TLS, does not look whether that worked, and goes on with the same socket as long as each answer is the right one.
$e = fn($n) => getenv("WAXSEAL_$n");
$tls = ['cafile' => $e('CA'), 'peer_name' => $e('SERVERNAME')];
$s = stream_socket_client('tcp://'.$e('HOST').':'.$e('PORT'), $no, $what, 8, STREAM_CLIENT_CONNECT, stream_context_create(['ssl' => $tls]));
function ask($s, $line, $wanted) {
  if ($line !== '') fwrite($s, "$line\r\n");
  do { $l = fgets($s); } while ($l !== false && substr($l, 3, 1) === '-');
  if (substr((string) $l, 0, 3) !== $wanted) exit(1);
}
ask($s, '', '220');
ask($s, 'EHLO odd.lab.test', '250');
ask($s, 'STARTTLS', '220');
@stream_socket_enable_crypto($s, true, $argv[1] === '1.2' ? STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT : STREAM_CRYPTO_METHOD_TLSv1_3_CLIENT);
ask($s, 'EHLO odd.lab.test', '250');
ask($s, 'AUTH PLAIN '.base64_encode("\0".$e('USER')."\0".$e('PASSWORD')), '235');
ask($s, 'QUIT', '221');
