import { protocolsWhere } from '../protocols/port-roles.js';
import { send, upgrade, type TamperRule } from '../endpoints/tamper.js';
import { followsTheListInside } from '../verdict/injection.js';
import type { Offer } from '../protocols/protocol.js';
import { commandOf, line, listedInside, withoutPlain } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'list' | 'starttls-code' | 'no-login-inside' };

/** The mechanism that only the list from before TLS offers. CRAM-MD5 where none is offered inside: PLAIN is what many take for want of a list. */
const staleMechanism = ({ name }: Row): string => (name === 'no-login-inside' ? 'CRAM-MD5' : 'PLAIN');

const early: TamperRule<Row> = (context, next) => {
  const { protocol, canaries, variant } = context;
  if (context.inside) return within(context, next);
  if (variant.name === 'starttls-code') return next();
  return next((honest) =>
    protocol.rewriteOffer(honest, {
      logins: [staleMechanism(variant)],
      loginDisabled: false,
      addExtensions: [canaries.capability.toUpperCase()],
    }),
  );
};

const within: TamperRule<Row> = (context, next) =>
  listedInside((honest) => inside(honest, context.variant))(context, next);

const inside = (honest: Offer, { name }: Row): Offer =>
  name === 'no-login-inside' ? { ...honest, logins: [], loginDisabled: true } : withoutPlain(honest);

const starttls: TamperRule<Row> = ({ unit, canaries, variant, ...context }, next) => {
  const { goAheadWithList } = context.protocol.forgeries;
  if (context.inside || variant.name !== 'starttls-code' || goAheadWithList === undefined) return next();
  return [send(line(goAheadWithList(canaries.capability.toUpperCase()), commandOf(unit))), upgrade()];
};

export default defineScenario<Row>({
  id: 'capability-carry-over',
  family: 'carry-over',
  title: 'The list before TLS offers what the one inside does not',
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
  tamper: { greeting: early, capabilities: early, starttls, insideTls: within },
  judge: (visit, variant) => followsTheListInside({ mechanisms: [staleMechanism(variant)] })(visit),
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
