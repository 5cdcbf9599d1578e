import { definePreset, inLab } from './preset.js';

export default definePreset({
  name: 'dma',
  title: 'DragonFly Mail Agent',
  program: 'dma',
  folders: ['/usr/sbin', inLab('dma', 'usr/sbin')],
  packages: 'dma',
  remark:
    'it verifies no certificate; it needs root, because the path of its configuration is compiled in and it runs as the user mail',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || (tls === 'implicit' && policy === 'opportunistic')
      ? undefined
      : {
          trust: 'nobody',
          // Where it cannot deliver it sleeps for five minutes, and tries the same again.
          untilIdle: 5,
          command: ['unshare', '--mount', 'sh', '{home}/client.sh'],
          files: {
            'client.sh': `set -eu
# It reads its files, and keeps its queue, as the user mail.
mount -t tmpfs none /mnt
mkdir /mnt/etc /mnt/spool
cp "$HOME/dma.conf" "$HOME/auth.conf" /mnt/etc
chown -R mail:mail /mnt
mkdir -p /etc/dma
mount --bind /mnt/etc /etc/dma
dma -D -f "$WAXSEAL_FROM" "$WAXSEAL_TO" < "$WAXSEAL_MESSAGE"
cat /mnt/spool/[QM]* >&2 2>/dev/null || true
`,
            'dma.conf': `SMARTHOST {host}
PORT {port}
SPOOLDIR /mnt/spool
AUTHPATH /etc/dma/auth.conf
MAILNAME client.lab.test
SECURETRANSFER
${tls === 'starttls' ? `STARTTLS\n${policy === 'opportunistic' ? 'OPPORTUNISTIC_TLS\n' : ''}` : ''}`,
            'auth.conf': '{user}|{host}:{password}\n',
          },
        },
});
