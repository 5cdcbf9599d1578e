import { ignore, type TamperRule } from '../endpoints/tamper.js';
import { goesOnAfterRefusal } from './flaws.js';
import { gaveUpOrHung, LONGEST_PATIENCE } from './patience.js';
import { defineScenario } from './scenario.js';

const starttls: TamperRule = ({ inside }, next) => (inside ? next() : [ignore]);

export default defineScenario({
  id: 'starttls-unanswered',
  family: 'refuse',
  title: 'STARTTLS is never answered',
  attack: 'lists STARTTLS, and never answers it',
  why: 'Silence is no permission to do without TLS. A client must give up at some time, and must not log in then.',
  references: ['RFC 3207 §4', 'RFC 8314 §5.2'],
  cwe: ['CWE-636', 'CWE-400'],
  modes: ['starttls'],
  extra: 'slow',
  lasts: LONGEST_PATIENCE,
  tamper: { starttls },
  judge: gaveUpOrHung,
  flaw: goesOnAfterRefusal,
  covers: ['refuse-silent'],
});
