import { withhold, type Tamper } from '../endpoints/tamper.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { logsInBeforeTls } from './flaws.js';
import { listedInside, withoutPlain } from './rules.js';
import { defineScenario } from './scenario.js';

/** Milliseconds of silence after the client's first word inside TLS. */
const SILENCE = 400;

const listed = listedInside(withoutPlain);

/** Inside TLS the endpoint stays silent at first, then answers what waited; PLAIN is not offered. */
export const silence = {
  capabilities: listed,
  insideTls: (context, next) => [withhold(SILENCE), ...listed(context, next)],
} satisfies Tamper;

export default defineScenario({
  id: 'control-withheld',
  family: 'control',
  title: 'The honest server is slow to answer inside TLS',
  why: 'What this client does while it waits, and how it logs in where PLAIN is not offered, is what its visits with injected or stale data are compared with.',
  references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1'],
  modes: ['starttls'],
  plaintext: 'refused',
  inside: withoutPlain,
  tamper: silence,
  judge: secretsStayInsideTls,
  flaw: logsInBeforeTls,
  covers: ['ctl-withhold'],
});
