import { protocolsWhere } from '../protocols/port-roles.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import plaintextOnAnotherPort from './plaintext-on-another-port.js';
import { triesAnotherPort } from './flaws.js';
import { defineScenario } from './scenario.js';

const { needs, seats, variants, tamper, others } = plaintextOnAnotherPort;

export default defineScenario({
  id: 'plaintext-on-port-25',
  family: 'fallback',
  title: 'The submission port is dead, and port 25 takes mail in clear',
  attack: 'ends each connection to the submission port; offers no TLS on port 25',
  why: 'Port 25 is for relays and takes mail without login, often without TLS; a client that falls back to it by itself shows its mail to everybody on the path.',
  references: ['RFC 8314 §5.2', 'RFC 6409 §3.1'],
  cwe: ['CWE-757', 'CWE-636'],
  protocols: protocolsWhere(({ ports }) => ports.some(({ login }) => !login)),
  modes: ['starttls'],
  ...(needs && { needs }),
  ...(seats && { seats }),
  // Another port that is quicker is no port that is taken instead of a dead one.
  variants: (variants ?? []).filter(({ name }) => name !== 'late'),
  tamper,
  ...(others && { others }),
  judge: secretsStayInsideTls,
  flaw: triesAnotherPort,
  covers: ['port-587-to-25'],
});
