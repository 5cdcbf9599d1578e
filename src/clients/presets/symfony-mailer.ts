import { definePreset } from './preset.js';

export default definePreset({
  name: 'symfony-mailer',
  title: 'Symfony Mailer',
  program: 'php',
  needs: ['/usr/share/php/Symfony/Component/Mailer/autoload.php'],
  packages: 'php-symfony-mailer php-cli',
  remark: 'before 6.4 no option requires STARTTLS: it uses what the server offers',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || (tls === 'implicit') !== (policy === 'required')
      ? undefined
      : {
          command: ['php', '{home}/client.php'],
          files: { 'client.php': script(tls === 'implicit' ? 'smtps' : 'smtp') },
        },
});

const script = (scheme: string): string => `<?php
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';
ini_set('openssl.cafile', '{ca}');
ini_set('default_socket_timeout', '8');
$transport = Symfony\\Component\\Mailer\\Transport::fromDsn('${scheme}://{user}:{password}@{host}:{port}');
$mail = (new Symfony\\Component\\Mime\\Email())->from('{from}')->to('{to}')->subject('A message of Symfony')->text('Hello');
(new Symfony\\Component\\Mailer\\Mailer($transport))->send($mail);
`;
