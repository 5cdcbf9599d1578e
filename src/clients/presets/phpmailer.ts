import { definePreset } from './preset.js';

export default definePreset({
  name: 'phpmailer',
  title: 'PHPMailer',
  program: 'php',
  needs: ['/usr/share/php/libphp-phpmailer/autoload.php'],
  packages: 'libphp-phpmailer php-cli',
  remark: '“opportunistic” is SMTPAutoTLS, which is on by default',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || (tls === 'implicit' && policy === 'opportunistic')
      ? undefined
      : {
          command: ['php', '{home}/client.php'],
          files: { 'client.php': script(tls === 'implicit' ? 'ssl' : policy === 'required' ? 'tls' : '') },
        },
});

const script = (secure: string): string => `<?php
require '/usr/share/php/libphp-phpmailer/autoload.php';
$m = new PHPMailer\\PHPMailer\\PHPMailer(true);
$m->isSMTP();
$m->Host = '{host}';
$m->Port = {port};
$m->Timeout = 8;
$m->SMTPAuth = true;
$m->Username = '{user}';
$m->Password = '{password}';
$m->SMTPSecure = '${secure}';
$m->SMTPOptions = ['ssl' => ['cafile' => '{ca}']];
$m->setFrom('{from}');
$m->addAddress('{to}');
$m->Subject = 'A message of PHPMailer';
$m->Body = 'Hello';
$m->send();
`;
