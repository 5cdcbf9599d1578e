import { muttSettings, sendingWith } from './mutt-settings.js';
import { definePreset } from './preset.js';

export default definePreset({
  name: 'neomutt',
  title: 'NeoMutt, sending',
  program: 'neomutt',
  packages: 'neomutt',
  remark: '“required” sets ssl_force_tls',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || (tls === 'implicit' && policy === 'opportunistic')
      ? undefined
      : { command: sendingWith('neomutt'), files: { '.muttrc': muttSettings(tls, policy) } },
});
