import { protocolsWhere } from '../protocols/port-roles.js';
import { send, upgrade, type TamperRule } from '../endpoints/tamper.js';
import { followsTheListInside } from '../verdict/injection.js';
import type { Offer } from '../protocols/protocol.js';
import type { ControlFacts } from '../verdict/visit.js';
import { chosenLogins, withoutChosen } from './bait.js';
import { silence } from './control-withheld.js';
import { commandOf, line, listedInside } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'list' | 'starttls-code' | 'no-login-inside' };

const early: TamperRule<Row> = (context, next) => {
  const { protocol, canaries, variant, control } = context;
  if (context.inside) return listedInside(context, next);
  if (variant.name === 'starttls-code') return next();
  return next((honest) =>
    protocol.rewriteOffer(honest, {
      logins: chosenLogins(control),
      loginDisabled: false,
      addExtensions: [canaries.capability.toUpperCase()],
    }),
  );
};

const inside = (honest: Offer, { name }: Row, control: ControlFacts | undefined): Offer =>
  name === 'no-login-inside' ? { ...honest, logins: [], loginDisabled: true } : withoutChosen(honest, control);

const starttls: TamperRule<Row> = ({ unit, canaries, variant, control, ...context }, next) => {
  const { goAheadWithList } = context.protocol.forgeries;
  if (context.inside || variant.name !== 'starttls-code' || goAheadWithList === undefined) return next();
  return [
    send(line(goAheadWithList(chosenLogins(control)[0], canaries.capability.toUpperCase()), commandOf(unit))),
    upgrade(),
  ];
};

export default defineScenario<Row>({
  id: 'capability-carry-over',
  family: 'carry-over',
  title: 'The list before TLS offers what the one inside does not',
  attack: 'lists logins and capabilities before TLS that it does not list inside TLS',
  why: 'What was said in clear may have been said by anyone: a client that keeps it over the start of TLS lets an attacker choose its login.',
  references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1', 'RFC 2595 §3.1', 'RFC 5804 §2.2'],
  cwe: ['CWE-345', 'CWE-757'],
  modes: ['starttls'],
  variants: [
    { name: 'list' },
    { name: 'starttls-code', protocols: protocolsWhere(({ forgeries }) => forgeries.goAheadWithList !== undefined) },
    { name: 'no-login-inside' },
  ],
  plaintext: 'refused',
  inside,
  comparesWith: 'control-withheld',
  tamper: { ...silence, greeting: early, capabilities: early, starttls },
  judge: followsTheListInside,
  flaw: {
    name: 'keeps the list from before TLS',
    client: {
      onInside: async (toy, careful, before) => {
        if (toy.canUse(before)) toy.goBy(before);
        else await careful();
      },
    },
  },
  covers: ['caps-carry-over', 'caps-in-starttls-ok', 'caps-no-reissue'],
});
