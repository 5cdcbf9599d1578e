import { withhold, withholdAndBeLate, type Tamper } from '../endpoints/tamper.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import { logsInBeforeTls } from './flaws.js';
import { takesOnlyWhatIsOffered, withoutChosen } from './bait.js';
import { listedInside } from './rules.js';
import { defineScenario } from './scenario.js';

/** Milliseconds of silence after the client's first word inside TLS. */
const SILENCE = 400;

/** Inside TLS the endpoint stays silent at first, then answers what waited; what this client chooses is neither offered nor taken. */
export const silence = {
  capabilities: listedInside,
  login: takesOnlyWhatIsOffered,
  insideTls: (context, next) => [withhold(SILENCE), ...listedInside(context, next)],
} satisfies Tamper;

export default defineScenario({
  id: 'control-withheld',
  family: 'control',
  title: 'The honest server is slow to answer inside TLS',
  attack: 'delays its first answer inside TLS; does not offer the login that this client usually takes',
  why: 'Shows what this client does while it waits, and how it logs in when its usual login is not offered. Its runs with injected or stale data are compared with this run.',
  references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1'],
  modes: ['starttls'],
  plaintext: 'refused',
  inside: (honest, _variant, control) => withoutChosen(honest, control),
  // It shows of each command whether the client waits for its answer.
  tamper: {
    ...silence,
    insideTls: (context, next) => [withholdAndBeLate(SILENCE), ...listedInside(context, next)],
  },
  judge: judgeBy((visit, read) => leaks(visit, read), {
    safely: () => 'was answered late, and said nothing outside TLS',
  }),
  flaw: logsInBeforeTls,
  covers: ['ctl-withhold'],
});
