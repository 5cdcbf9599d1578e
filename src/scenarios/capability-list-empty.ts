import { send, type TamperRule } from '../endpoints/tamper.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { asksForNoList, commandOf, refusingUpgrade } from './rules.js';
import { defineScenario } from './scenario.js';

/** A positive reply that lists nothing; IMAP keeps its version, which is no capability but its name. */
const empty: TamperRule = ({ protocol, inside, unit, moment }, next) => {
  if (inside) return next();
  if (moment === 'greeting' && !protocol.greetingCarriesOffer) return next();
  const command = commandOf(unit);
  if (asksForNoList(protocol, command)) return next();
  const offer = { upgrade: false, logins: [], loginDisabled: false, extensions: [] };
  return [
    send(moment === 'greeting' ? protocol.answers.greeting(offer) : protocol.answers.capabilities(command, offer)),
  ];
};

export default defineScenario({
  id: 'capability-list-empty',
  family: 'strip',
  title: 'The capability list is empty',
  attack: 'answers the capability command with an empty list; answers STARTTLS with an error',
  why: 'An empty list offers neither STARTTLS nor a login. The server still accepts older logins (LOGIN, USER), but a client must not try them in clear.',
  references: ['RFC 3207 §6', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  tamper: { greeting: empty, capabilities: empty, starttls: refusingUpgrade },
  judge: secretsStayInsideTls,
  flaw: fallsBackToPlaintext,
  covers: ['strip-caps-empty', 'crash-no-auth-mechs'],
});
