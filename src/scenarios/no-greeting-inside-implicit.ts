import { onSilence, otherDoor, type TamperRule } from '../endpoints/tamper.js';
import { waitsForTheGreeting } from '../verdict/other-door.js';
import { pauseFor } from '../verdict/pace.js';
import { goodbye } from './rules.js';
import { defineScenario } from './scenario.js';

/**
 * A server that has greeted somebody else already waits for a command; for a while. Then it says goodbye, as servers do, so that how
 * the session ends is up to the client.
 */
const greeting: TamperRule = ({ protocol, control }) => [
  otherDoor(0),
  onSilence(
    pauseFor(control?.pace ?? 0, PATIENCE, LONGEST_PATIENCE),
    goodbye(protocol.answers.refuse(undefined, 'bye', 'I have waited too long'), control),
  ),
];

/** Milliseconds; a client that does not wait for a greeting has spoken by then, even one that was seen to take its time. */
const PATIENCE = 1500;
const LONGEST_PATIENCE = 10_000;

/** “Opossum” (USENIX Security 2026), the other way round. */
export default defineScenario({
  id: 'no-greeting-inside-implicit',
  family: 'other-door',
  title: 'No greeting comes on the port for implicit TLS',
  attack: 'starts TLS, and does not greet; answers what the client says, and says goodbye where it says nothing',
  why: 'An attacker can send STARTTLS first, and then connect a client for implicit TLS to that connection: certificate and TLS are right, but the server has greeted already. A client that speaks without a greeting does not know which server it speaks with, or in the middle of which session.',
  references: ['RFC 8314 §3', 'RFC 5321 §3.1'],
  cwe: ['CWE-345', 'CWE-923'],
  modes: ['implicit'],
  plaintext: 'refused',
  goesByPace: true,
  tamper: { greeting },
  unread: 'spliced',
  judge: waitsForTheGreeting,
  flaw: { name: 'speaks without a greeting', client: { onConnected: (toy) => toy.speakFirst() } },
  covers: ['splice-implicit-to-starttls'],
});
