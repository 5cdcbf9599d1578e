<?php
// SMTP; does not look at what stream_socket_enable_crypto returns.
$e = fn($n) => getenv("WAXSEAL_$n");
$c = stream_context_create(['ssl'=>['cafile'=>$e('CA'),'verify_peer'=>true,'peer_name'=>$e('SERVERNAME')]]);
$s = stream_socket_client("tcp://".$e('HOST').":".$e('PORT'), $en, $es, 8, STREAM_CLIENT_CONNECT, $c);
function rd($s){ do { $l = fgets($s); } while ($l !== false && preg_match('/^\d+-/', $l)); return $l; }
function say($s,$t){ fwrite($s,"$t\r\n"); return rd($s); }
rd($s); say($s,"EHLO x"); say($s,"STARTTLS");
$ok = stream_socket_enable_crypto($s, true, STREAM_CRYPTO_METHOD_TLS_CLIENT);
say($s,"EHLO x"); say($s,"AUTH LOGIN"); say($s,base64_encode($e('USER'))); say($s,base64_encode($e('PASSWORD'))); say($s,"QUIT");
