<?php
imap_timeout(IMAP_OPENTIMEOUT, 5); imap_timeout(IMAP_READTIMEOUT, 5);
$box = '{' . getenv('WAXSEAL_HOST') . ':' . getenv('WAXSEAL_PORT') . '/' . $argv[1] . '}INBOX';
$s = @imap_open($box, getenv('WAXSEAL_USER'), getenv('WAXSEAL_PASSWORD'), 0, 1);
fwrite(STDERR, json_encode(imap_errors()) . "\n");
if ($s) { echo imap_body($s, 1); imap_close($s); } else exit(1);
