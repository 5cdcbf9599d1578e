import { answerLate, answerTo, type TamperRule } from '../endpoints/tamper.js';
import { latin1 } from '../protocols/text.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import { pauseFor } from '../verdict/pace.js';
import type { ControlFacts } from '../verdict/visit.js';
import { logsInBeforeTls } from './flaws.js';
import { withWrongSecret } from './rules.js';
import { defineScenario } from './scenario.js';

/** Whatever secret comes inside TLS, the server is asked about another one. */
export const wrongLogin: TamperRule = ({ protocol, inside }, next) =>
  inside ? [answerTo((unit) => withWrongSecret(unit, protocol))] : next();

/** Whatever a client that does not log in says of its mail, the server is asked something that it refuses. */
export const refusedMail: TamperRule = ({ protocol, inside, unit, control }, next) => {
  const { refusedMail: asked } = protocol.forgeries;
  if (!inside || control?.mechanisms.length !== 0 || unit?.kind !== 'command' || asked === undefined) return next();
  const command = protocol.readCommand(latin1(`${asked}\r\n`), 0)?.value;
  return command?.kind === 'command' ? [answerTo(() => command)] : next();
};

/** Milliseconds that answers are late behind the other door's greeting, and here: longer for a client that was seen to take its time. */
export const lateness = (control: ControlFacts | undefined): number =>
  pauseFor(control?.pace ?? 0, SILENCE, LONGEST_SILENCE);

/** Inside TLS that began in place it is as late as where it greets there: a client that waits for each answer is seen to. */
const insideTls: TamperRule = ({ mode, control }, next) =>
  mode === 'starttls' ? [...next(), answerLate(lateness(control))] : next();

/** As in `control-withheld`. */
const SILENCE = 400;
const LONGEST_SILENCE = 4000;

export default defineScenario({
  id: 'control-refused',
  family: 'control',
  title: 'The honest server refuses the login',
  attack:
    'answers late after STARTTLS, and every login inside TLS as one with a wrong password; refuses the mail of a client that does not log in',
  why: 'Shows what this client does and reports when its login fails. If it reports success here, its reports of success in other cases prove nothing.',
  references: ['RFC 4954 §4', 'RFC 9051 §6.2.2', 'RFC 5034 §4', 'RFC 5804 §2.1'],
  modes: ['starttls', 'implicit'],
  plaintext: 'refused',
  tamper: { insideTls, login: wrongLogin, message: refusedMail },
  unread: 'honest',
  judge: judgeBy((visit, read) => leaks(visit, read), { safely: () => 'was refused, and said nothing outside TLS' }),
  flaw: logsInBeforeTls,
  covers: ['ctl-refused'],
});
