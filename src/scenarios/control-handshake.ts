import { goesOnWithHandshake } from '../verdict/handshake.js';
import { logsInBeforeTls } from './flaws.js';
import { flightWith, makesHandshake } from './handshake-rules.js';
import { defineScenario } from './scenario.js';

const faultless = flightWith();

export default defineScenario({
  id: 'control-handshake',
  family: 'control',
  title: 'The honest server’s handshake of TLS 1.2 is made by hand',
  attack: 'begins a faultless handshake of TLS 1.2; ends the connection where its own Finished would be due',
  why: 'Whether this client goes on with a handshake that waxseal writes itself, message by message, is what its visits with a faulty one are compared with: refusing that means nothing where the faultless one is refused too.',
  references: ['RFC 5246 §7.3'],
  modes: ['starttls', 'implicit'],
  extra: 'more',
  plaintext: 'refused',
  makesHandshakes: true,
  tamper: makesHandshake(() => faultless),
  judge: goesOnWithHandshake,
  flaw: logsInBeforeTls,
  covers: ['ctl-handshake'],
});
