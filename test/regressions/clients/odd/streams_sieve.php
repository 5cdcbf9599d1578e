<?php // ManageSieve by PHP's streams, whose own buffer outlives STARTTLS. First word: wait for the list inside TLS, or ask for it.
$E = [];
foreach (getenv() as $name => $value) if (str_starts_with($name, 'WAXSEAL_')) $E[strtolower(substr($name, 8))] = $value;
$loose = in_array('loose', $argv);
$context = stream_context_create(['ssl' => ['cafile' => $E['ca'], 'peer_name' => $E['servername']]]);
$s = stream_socket_client("tcp://$E[host]:$E[port]", $code, $text, 20, STREAM_CLIENT_CONNECT, $context) or exit(1);

function reply() {
  global $s;
  for ($lines = []; ($line = fgets($s)) !== false;) {
    $lines[] = rtrim($line);
    if (preg_match('/^(OK|NO|BYE)\b/i', $line)) return $lines;
  }
  exit(1);
}
function ask($text) {
  global $s;
  fwrite($s, "$text\r\n");
  return reply();
}
function isOk($lines) { return stripos(end($lines), 'OK') === 0; }

$go = preg_grep('/STARTTLS/i', reply()) && isOk(ask('STARTTLS'));
if (!$go && !$loose) exit(1);
if ($go && !@stream_socket_enable_crypto($s, true, STREAM_CRYPTO_METHOD_TLS_CLIENT)) exit(1);
if ($go) $argv[1] === 'wait' ? reply() : ask('CAPABILITY');
if (!isOk(ask('AUTHENTICATE "PLAIN" "' . base64_encode("\0$E[user]\0$E[password]") . '"'))) exit(1);
ask("PUTSCRIPT \"a\" {7+}\r\nkeep;\r\n");
ask('LOGOUT');
