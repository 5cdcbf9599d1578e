import { goesOnWithHandshake } from '../verdict/handshake.js';
import { logsInBeforeTls } from './flaws.js';
import { flightWith, makesHandshake } from './handshake-rules.js';
import { defineScenario } from './scenario.js';

const faultless = flightWith();

export default defineScenario({
  id: 'control-handshake',
  family: 'control',
  title: 'The honest server uses a TLS 1.2 handshake that waxseal writes itself',
  attack: 'begins a faultless handshake of TLS 1.2; disconnects instead of sending its Finished message',
  why: 'Faulty handshakes are messages that waxseal writes itself. This case shows whether the client accepts such a handshake without a fault; if it does not, its refusal of a faulty one proves nothing.',
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
