import { ignore, send, type TamperRule } from '../endpoints/tamper.js';
import { goesOnAfterRefusal } from './flaws.js';
import {
  gaveUpOrHung,
  LONGEST_PATIENCE,
  SECONDS_AND_MORE,
  silentForSeconds,
  staysInsideTlsForSeconds,
} from './patience.js';
import { commandOf } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'for-seconds' | 'for-minutes' };

const starttls: TamperRule<Row> = ({ inside, protocol, unit, variant }, next) => {
  if (inside) return next();
  return variant.name === 'for-minutes'
    ? [ignore]
    : silentForSeconds(send(protocol.answers.refuse(commandOf(unit), 'no', 'TLS is not available')));
};

const judgeForSeconds = staysInsideTlsForSeconds('starttls-unanswered/for-minutes');

export default defineScenario<Row>({
  id: 'starttls-unanswered',
  family: 'refuse',
  title: 'STARTTLS is not answered',
  attack: 'lists STARTTLS, and does not answer it',
  why: 'Silence is no permission to do without TLS. A client must give up at some time, and must not log in then.',
  references: ['RFC 3207 §4', 'RFC 8314 §5.2'],
  cwe: ['CWE-636', 'CWE-400'],
  modes: ['starttls'],
  lasts: ({ name }) => (name === 'for-minutes' ? LONGEST_PATIENCE : SECONDS_AND_MORE),
  variants: [
    { name: 'for-seconds', does: 'the server is silent for 17 s, and then refuses STARTTLS', extra: 'more' },
    { name: 'for-minutes', does: 'the server is silent for as long as the client waits', extra: 'slow' },
  ],
  tamper: { starttls },
  judge: (visit) => (visit.variant === 'for-minutes' ? gaveUpOrHung : judgeForSeconds)(visit),
  flaw: goesOnAfterRefusal,
  covers: ['refuse-silent'],
});
