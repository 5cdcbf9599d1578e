import { muttSettings, sendingWith } from './mutt-settings.js';
import { definePreset } from './preset.js';

export default definePreset({
  name: 'mutt',
  title: 'Mutt, sending',
  program: 'mutt',
  packages: 'mutt',
  remark: '“required” sets ssl_force_tls',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || (tls === 'implicit' && policy === 'opportunistic')
      ? undefined
      : { command: sendingWith('mutt'), files: { '.muttrc': muttSettings(tls, policy) } },
});
