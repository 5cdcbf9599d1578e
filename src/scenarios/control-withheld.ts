import { withhold, type TamperRule } from '../endpoints/tamper.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { withoutPlain } from './rules.js';
import { defineScenario } from './scenario.js';

/** Milliseconds of silence after the client's first word inside TLS. */
const SILENCE = 400;

/** Inside TLS the endpoint stays silent at first, then answers what waited. */
export const silence: TamperRule = (_context, next) => [withhold(SILENCE), ...next()];

export default defineScenario({
  id: 'control-withheld',
  title: 'The honest server is slow to answer inside TLS',
  why: 'What this client does while it waits, and how it logs in where PLAIN is not offered, is what its visits with injected or stale data are compared with.',
  references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1'],
  modes: ['starttls'],
  plaintext: 'refused',
  inside: withoutPlain,
  tamper: { insideTls: silence },
  judge: secretsStayInsideTls,
  flaw: { name: 'logs in before STARTTLS', client: { order: 'log-in-first' } },
  covers: ['ctl-withhold'],
});
