import { definePreset, inLab } from './preset.js';

export default definePreset({
  name: 'nullmailer',
  title: 'nullmailer’s smtp',
  program: 'smtp',
  folders: ['/usr/lib/nullmailer', inLab('nullmailer', 'usr/lib/nullmailer')],
  packages: 'nullmailer',
  remark: 'the module that nullmailer-send starts, without the queue',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || policy !== 'required'
      ? undefined
      : {
          command: [
            'sh',
            '-c',
            `HELOHOST=client.lab.test exec smtp --host="$WAXSEAL_HOST" --port="$WAXSEAL_PORT" --user="$WAXSEAL_USER" --pass="$WAXSEAL_PASSWORD" ` +
              `--x509cafile="$WAXSEAL_CA" --${tls === 'starttls' ? 'starttls' : 'tls'} < /dev/null 3< "$HOME/queued"`,
          ],
          files: { queued: '{from}\n{to}\n\nFrom: <{from}>\nTo: <{to}>\nSubject: A message of nullmailer\n\nHello\n' },
        },
});
