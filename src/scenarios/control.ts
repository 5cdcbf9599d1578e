import { judgeControl } from '../verdict/control.js';
import { logsInBeforeTls } from './flaws.js';
import { defineScenario } from './scenario.js';

export default defineScenario({
  id: 'control',
  family: 'control',
  title: 'The honest server',
  attack: 'is honest: it offers TLS with a good certificate, and a login inside TLS',
  why: 'It shows that the client works in this set-up, that its secrets can be found inside TLS, and that it does not leak them without any attack.',
  references: ['RFC 8314 §5.2', 'RFC 3207 §4'],
  cwe: ['CWE-319'],
  modes: ['starttls', 'implicit'],
  plaintext: 'refused',
  tamper: {},
  judge: judgeControl,
  flaw: logsInBeforeTls,
  covers: ['ctl-starttls-ok', 'ctl-implicit-ok', 'ctl-learn'],
});
