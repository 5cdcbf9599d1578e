import { hangUp, reset } from '../endpoints/tamper.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { triesAnotherPort } from './flaws.js';
import { stripped } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'fin' | 'reset' };

export default defineScenario<Row>({
  id: 'plaintext-on-another-port',
  family: 'fallback',
  title: 'The configured port is dead, and the others offer no TLS',
  attack: 'ends each connection to the configured port; offers no TLS on the other mail ports',
  why: 'A client that tries 587, 143 or 110 by itself where 465, 993 or 995 does not answer lets the attacker choose the port, and with it whether there is TLS.',
  references: ['RFC 8314 §5.2', 'RFC 9051 §11.2'],
  cwe: ['CWE-757', 'CWE-636'],
  modes: ['implicit'],
  // Behind the middle seat stands one server: its other ports are out of reach.
  seats: ['server'],
  needs: ['well-known-ports'],
  variants: [{ name: 'reset' }, { name: 'fin' }],
  tamper: { accept: ({ variant }) => [variant.name === 'fin' ? hangUp : reset] },
  others: { tamper: stripped, plaintext: 'served' },
  judge: secretsStayInsideTls,
  flaw: triesAnotherPort,
  covers: ['port-465-to-587', 'port-993-to-143', 'port-995-to-110'],
});
