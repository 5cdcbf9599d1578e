import { answerTo, type TamperRule } from '../endpoints/tamper.js';
import { latin1 } from '../protocols/text.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
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

export default defineScenario({
  id: 'control-refused',
  family: 'control',
  title: 'The honest server refuses the login',
  attack:
    'answers every login inside TLS as one with a wrong password; refuses the mail of a client that does not log in',
  why: 'Shows what this client does and reports when its login fails. If it reports success here, its reports of success in other cases prove nothing.',
  references: ['RFC 4954 §4', 'RFC 9051 §6.2.2', 'RFC 5034 §4', 'RFC 5804 §2.1'],
  modes: ['starttls', 'implicit'],
  plaintext: 'refused',
  tamper: { login: wrongLogin, message: refusedMail },
  unread: 'honest',
  judge: judgeBy((visit, read) => leaks(visit, read), { safely: () => 'was refused, and said nothing outside TLS' }),
  flaw: logsInBeforeTls,
  covers: ['ctl-refused'],
});
