import { hangUp, ignore, reset, type TamperRule } from '../endpoints/tamper.js';
import type { Flaw } from '../toys/moments.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { triesAnotherPort } from './flaws.js';
import { stripped } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'fin' | 'reset' | 'late' };

const accept: TamperRule<Row> = ({ variant }) => {
  switch (variant.name) {
    case 'fin':
      return [hangUp];
    case 'reset':
      return [reset];
    case 'late':
      return [ignore];
  }
};

/** Nothing is answered there, neither the connection nor a ClientHello: how long is too long is up to the client. */
const silent: TamperRule<Row> = () => [];

const takesTheFirstPort: Flaw = {
  name: 'does not wait for its port, and takes another one in clear',
  client: { onConnected: (toy) => (toy.tls === 'implicit' ? toy.comeBack('other-port-in-clear') : undefined) },
};

export default defineScenario<Row>({
  id: 'plaintext-on-another-port',
  family: 'fallback',
  title: 'The configured port is dead or silent, and the others offer no TLS',
  attack: 'ends each connection to the configured port, or is silent there; offers no TLS on the other mail ports',
  why: 'A client that tries 587, 143 or 110 by itself where 465, 993 or 995 does not answer lets the attacker choose the port, and with it whether there is TLS. So does a client that tries several ports at once and takes the fastest.',
  references: ['RFC 8314 §5.2', 'RFC 9051 §11.2'],
  cwe: ['CWE-757', 'CWE-636'],
  modes: ['implicit'],
  // Behind the middle seat stands one server: its other ports are out of reach.
  seats: ['server'],
  needs: ['well-known-ports'],
  variants: [
    { name: 'reset', does: 'the server resets connections to the configured port (RST)' },
    { name: 'fin', does: 'the server closes connections to the configured port (FIN)' },
    {
      name: 'late',
      does: 'the server accepts connections to the configured port, and is silent there',
      extra: 'more',
      covers: ['disc-guess-race', 'disc-guess-credentials', 'autodetect-probe-creds'],
    },
  ],
  tamper: { accept, handshake: silent, greeting: silent },
  others: { tamper: stripped, plaintext: 'served' },
  judge: secretsStayInsideTls,
  flaw: ({ name }) => (name === 'late' ? takesTheFirstPort : triesAnotherPort),
  covers: ['port-465-to-587', 'port-465-to-25', 'port-993-to-143', 'port-995-to-110', 'disc-guess-fallback'],
});
