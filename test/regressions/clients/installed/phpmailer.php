<?php
require '/usr/share/php/libphp-phpmailer/autoload.php';
$m = new PHPMailer\PHPMailer\PHPMailer(true);
$m->isSMTP(); $m->Host = getenv('WAXSEAL_HOST'); $m->Port = (int) getenv('WAXSEAL_PORT');
$m->SMTPAuth = true; $m->Username = getenv('WAXSEAL_USER'); $m->Password = getenv('WAXSEAL_PASSWORD'); $m->Timeout = 5;
$m->SMTPOptions = ['ssl' => ['cafile' => getenv('WAXSEAL_CA')]];
if ($argv[1] === 'never') $m->SMTPAutoTLS = false;
if ($argv[1] === 'required') $m->SMTPSecure = 'tls';
if ($argv[1] === 'implicit') $m->SMTPSecure = 'ssl';
$m->setFrom(getenv('WAXSEAL_FROM')); $m->addAddress(getenv('WAXSEAL_TO')); $m->Subject = 'Test'; $m->Body = 'Hello';
$m->send();
