import { definePreset, inLab } from './preset.js';

export default definePreset({
  name: 'opensmtpd',
  title: 'OpenSMTPD’s smtp',
  program: 'smtp',
  folders: [inLab('opensmtpd', 'usr/bin')],
  packages: 'opensmtpd',
  remark: 'it reads only the system’s CA file, which waxseal replaces for this client alone',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || (tls === 'implicit' && policy === 'opportunistic')
      ? undefined
      : {
          trust: 'namespace',
          command: [
            'sh',
            '-c',
            `exec smtp -s "${SCHEMES[tls === 'implicit' ? tls : policy]}://$WAXSEAL_USER:$WAXSEAL_PASSWORD@$WAXSEAL_HOST:$WAXSEAL_PORT" ` +
              '-F "$WAXSEAL_FROM" "$WAXSEAL_TO" < "$WAXSEAL_MESSAGE"',
          ],
        },
});

const SCHEMES = { required: 'smtp+tls', opportunistic: 'smtp', implicit: 'smtps' };
