import { onSilence, raw, type TamperRule } from '../endpoints/tamper.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { withoutUpgrade } from './rules.js';
import { defineScenario } from './scenario.js';

/** The ClientHello is answered with a greeting in clear. */
const handshake: TamperRule = ({ protocol, insideOffer, spokeTls }) =>
  spokeTls ? [raw(protocol.answers.greeting(insideOffer))] : [];

/** A client that never starts TLS waits for a greeting: it gets one as well, after everybody else would have said hello. */
const greeting: TamperRule = ({ protocol, insideOffer }) => [
  onSilence(PATIENCE, [raw(protocol.answers.greeting(insideOffer))]),
];

/** Milliseconds. */
const PATIENCE = 1000;

export default defineScenario({
  id: 'implicit-port-speaks-plaintext',
  family: 'no-tls',
  title: 'The port for implicit TLS answers in clear',
  attack: 'answers in clear on the port for implicit TLS',
  why: 'On this port TLS is due from the first byte: to the client, a greeting in clear must be a failed handshake.',
  references: ['RFC 8314 §3', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['implicit'],
  tamper: { handshake, greeting, capabilities: withoutUpgrade },
  judge: secretsStayInsideTls,
  flaw: { name: 'speaks on in clear', client: { onHandshakeFailure: (toy) => toy.logIn() } },
  covers: ['port-implicit-speaks-plain', 'oktls-stays-plain'],
});
