import type { Offer } from '../protocols/protocol.js';
import { send } from '../endpoints/tamper.js';
import { bothLists } from '../probes/offers.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { isPlaintextMechanism } from '../protocols/sasl.js';
import { asksCapabilities } from './by-hand.js';
import { defineCheck, fail, pass } from './check.js';

export default defineCheck({
  id: 'capability-lists-differ',
  title: 'Greeting and capability command agree about STARTTLS and logins',
  why: 'Clients believe either of the two lists: one of them finds no TLS, or a login that the other does not offer.',
  references: ['RFC 9051 §7.1', 'RFC 5804 §1.7'],
  severity: 'low',
  intrusiveness: 'passive',
  depth: 'quick',
  protocols: protocolsWhere(({ greetingCarriesOffer }) => greetingCarriesOffer),
  modes: ['starttls'],
  needs: { both: bothLists },
  judge: ({ both: { greeting, command, list } }) => {
    const differences = [...differencesOf(greeting, command)];
    if (differences.length === 0) return pass('both lists agree about STARTTLS and logins');
    const [line] = list;
    return fail(`greeting and capability command disagree: ${differences.join('; ')}`, { proof: line });
  },
  remedy: {
    'any server': 'look for a proxy, filter or antivirus between waxseal and the server that edits one of the lists',
  },
  byHand: { say: asksCapabilities },
  flaw: {
    name: 'lists STARTTLS in its greeting only',
    server: {
      tamper: {
        capabilities: ({ protocol, unit, inside, insideOffer }, next) =>
          inside
            ? next()
            : [
                send(
                  protocol.answers.capabilities(unit?.kind === 'command' ? unit : undefined, {
                    ...insideOffer,
                    logins: [],
                    loginDisabled: protocol.honest.saysLoginDisabled,
                  }),
                ),
              ],
      },
    },
  },
  covers: ['srv-caps-mismatch'],
  examples: [
    { given: { both: { greeting: good(), command: good(), list: [] } }, then: 'pass' },
    { given: { both: { greeting: good(), command: { ...good(), extensions: ['IDLE'] }, list: [] } }, then: 'pass' },
    { given: { both: { greeting: good(), command: { ...good(), upgrade: false }, list: [] } }, then: 'fail' },
    { given: { both: { greeting: { ...good(), logins: ['PLAIN'] }, command: good(), list: [] } }, then: 'fail' },
    { given: { both: { greeting: { ...good(), loginDisabled: false }, command: good(), list: [] } }, then: 'fail' },
    { given: { both: { greeting: { ...good(), logins: ['SCRAM-SHA-1'] }, command: good(), list: [] } }, then: 'pass' },
  ],
});

function* differencesOf(greeting: Offer, command: Offer): Generator<string> {
  if (greeting.upgrade !== command.upgrade)
    yield `STARTTLS is listed ${greeting.upgrade ? 'in the greeting only' : 'by the command only'}`;
  if (greeting.loginDisabled !== command.loginDisabled)
    yield `LOGINDISABLED is listed ${greeting.loginDisabled ? 'in the greeting only' : 'by the command only'}`;
  for (const [here, there, where] of [
    [greeting, command, 'in the greeting only'],
    [command, greeting, 'by the command only'],
  ] as const) {
    const logins = here.logins.filter((login) => isPlaintextMechanism(login) && login !== LOGIN_COMMAND);
    const only = logins.filter((login) => !there.logins.includes(login));
    if (only.length > 0) yield `${only.join(', ')} ${where}`;
  }
}

function good(): Offer {
  return { upgrade: true, logins: [], loginDisabled: true, extensions: [] };
}

/** Follows from LOGINDISABLED. */
const LOGIN_COMMAND = 'LOGIN command';
