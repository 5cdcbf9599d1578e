import { protocolsWhere } from '../protocols/port-roles.js';
import { send, upgrade, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import { choosesFromTheListInside, followsTheListInside } from '../verdict/injection.js';
import type { Offer } from '../protocols/protocol.js';
import type { ControlFacts } from '../verdict/visit.js';
import { honestInside } from '../endpoints/honest.js';
import { chosenLogins, onlyChosen, withoutChosen } from './bait.js';
import { silence } from './control-withheld.js';
import { commandOf, line, listedInside } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & {
  readonly name: 'list' | 'other-logins' | 'starttls-code' | 'before-go-ahead' | 'no-login-inside';
};

const early: TamperRule<Row> = (context, next) => {
  const { protocol, canaries, variant, control } = context;
  if (context.inside) return listedInside(context, next);
  if (variant.name === 'starttls-code' || variant.name === 'before-go-ahead') return next();
  return next((honest) =>
    protocol.rewriteOffer(honest, {
      // Who logs in as usual where nothing is listed would do so here too: another login shows what it goes by.
      logins:
        variant.name === 'other-logins'
          ? [...withoutChosen(honestInside(protocol.name), control).logins, ...onlyInGreeting(context)]
          : chosenLogins(control),
      loginDisabled: false,
      addExtensions: [canaries.capability.toUpperCase()],
    }),
  );
};

/** Inside TLS no greeting follows that could offer them once more (APOP: RFC 1939 §7, RFC 2595 §4). */
const onlyInGreeting = ({ moment, protocol, control }: MomentContext): readonly string[] =>
  moment === 'greeting'
    ? chosenLogins(control).filter((login) => protocol.honest.greetingLogins?.includes(login) === true)
    : [];

const inside = (honest: Offer, { name }: Row, control: ControlFacts | undefined): Offer => {
  switch (name) {
    case 'no-login-inside':
      return { ...honest, logins: [], loginDisabled: true };
    case 'other-logins':
      return onlyChosen(honest, control);
    case 'list':
    case 'starttls-code':
    case 'before-go-ahead':
      return withoutChosen(honest, control);
  }
};

const starttls: TamperRule<Row> = ({ protocol, unit, canaries, variant, control, inside: isInside }, next) => {
  if (isInside) return next();
  const { answers, forgeries } = protocol;
  const logins = chosenLogins(control);
  const capability = canaries.capability.toUpperCase();
  if (variant.name === 'before-go-ahead') {
    const list = answers.capabilities(undefined, {
      upgrade: false,
      logins,
      loginDisabled: false,
      extensions: [capability],
    });
    return [send(Buffer.concat([list, answers.goAhead(commandOf(unit))])), upgrade()];
  }
  if (variant.name !== 'starttls-code' || forgeries.goAheadWithList === undefined) return next();
  return [send(line(forgeries.goAheadWithList(logins[0], capability), commandOf(unit))), upgrade()];
};

export default defineScenario<Row>({
  id: 'capability-carry-over',
  family: 'carry-over',
  title: 'The capability list before TLS offers more than the one inside TLS',
  attack: 'lists logins and capabilities before TLS that it does not list inside TLS',
  why: 'What was said in clear may have been said by anyone: a client that keeps it over the start of TLS lets an attacker choose its login.',
  references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1', 'RFC 2595 §3.1', 'RFC 5804 §2.2'],
  cwe: ['CWE-345', 'CWE-757'],
  modes: ['starttls'],
  variants: [
    {
      name: 'list',
      does: 'the capability list in clear has a login and a capability that the list inside TLS does not have',
    },
    { name: 'other-logins', does: 'the two lists, in clear and inside TLS, have different logins' },
    {
      name: 'starttls-code',
      does: 'the go-ahead to STARTTLS carries the capability list in clear',
      protocols: protocolsWhere(({ forgeries }) => forgeries.goAheadWithList !== undefined),
    },
    {
      name: 'before-go-ahead',
      does: 'a capability list comes in clear right before the go-ahead, unasked',
      protocols: protocolsWhere(({ tagged }) => tagged),
      covers: ['untagged-caps-poison', 'inject-prefix'],
    },
    { name: 'no-login-inside', does: 'the list inside TLS has no login at all' },
  ],
  plaintext: 'refused',
  inside,
  comparesWith: 'control-withheld',
  tamper: { ...silence, greeting: early, capabilities: early, starttls },
  judge: (visit, { name }) => (name === 'other-logins' ? choosesFromTheListInside : followsTheListInside)(visit),
  flaw: {
    name: 'keeps the list from before TLS',
    client: {
      onInside: async (toy, careful, before) => {
        if (toy.canUse(before)) toy.goBy(before);
        else await careful();
      },
    },
    // Who did not ask for the list before TLS keeps none.
    harmlessWith: { asksCapabilities: false },
  },
  covers: ['caps-carry-over', 'caps-in-starttls-ok', 'caps-no-reissue'],
});
