import { send, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import type { Command, Offer } from '../protocols/protocol.js';
import type { ControlFacts } from '../verdict/visit.js';
import { commandOf } from './rules.js';

/** What this client logs in with where everything is on offer; PLAIN for one that did not log in. */
export const chosenLogins = (control: ControlFacts | undefined): readonly [string, ...string[]] => {
  const [first = 'PLAIN', ...more] = control?.mechanisms ?? [];
  return [first, ...more];
};

/** Offers everything but what this client chooses: whether it believed a list that offers it shows in its login. */
export const withoutChosen = (honest: Offer, control: ControlFacts | undefined): Offer => {
  const chosen = chosenLogins(control);
  return {
    ...honest,
    logins: honest.logins.filter((login) => !chosen.includes(login)),
    loginDisabled: honest.loginDisabled || chosen.some(isOwnCommand),
  };
};

/** Offers nothing but what this client chooses. */
export const onlyChosen = (honest: Offer, control: ControlFacts | undefined): Offer => {
  const logins = chosenLogins(control);
  return { ...honest, logins, loginDisabled: honest.loginDisabled || !logins.some(isOwnCommand) };
};

/** Inside TLS nothing is taken that is not on offer, also where a real server would. */
export const takesOnlyWhatIsOffered: TamperRule = (context, next) => {
  const { protocol, unit, inside, insideOffer } = context;
  const command = commandOf(unit) ?? announced(unit);
  const mechanism = command?.mechanism;
  if (!inside || mechanism === undefined || insideOffer.logins.includes(mechanism)) return next();
  return [send(protocol.answers.refuse(command, 'no', 'This login is not offered'))];
};

/** The login command of a protocol, which is no SASL mechanism: `LOGIN command`. */
export const isOwnCommand = (login: string): boolean => login.endsWith(' command');

/** A login whose arguments are still to come, as literals. */
const announced = (unit: MomentContext['unit']): Command | undefined =>
  unit?.kind === 'literal-wait' && unit.mechanism !== undefined
    ? { ...unit, kind: 'command', args: [], secrets: [] }
    : undefined;
