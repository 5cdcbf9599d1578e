import { hangUp, type TamperRule } from '../endpoints/tamper.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { ifListIsAsked } from '../verdict/list-habit.js';
import { fallsBackToPlaintext } from './flaws.js';
import { stripped } from './rules.js';
import { defineScenario } from './scenario.js';

/** The list stands in one place only, and ends there before its end. */
const greeting: TamperRule = (context, next) => {
  if (context.ordinal > 1) return stripped.greeting(context, next);
  const { withoutList } = context.protocol.forgeries;
  return withoutList === undefined && context.protocol.greetingCarriesOffer ? cut(context, next) : next(withoutList);
};

const capabilities: TamperRule = (context, next) =>
  context.ordinal > 1 ? stripped.capabilities(context, next) : cut(context, next);

/** Up to the keyword, and no further; the connection ends there. */
const cut: TamperRule = ({ protocol, inside }, next) => {
  if (inside) return next();
  const upToKeyword = (list: Buffer): Buffer => {
    const at = list.toString('latin1').toUpperCase().indexOf(protocol.upgradeVerb);
    return list.subarray(0, at === -1 ? list.length : at);
  };
  return [...next(upToKeyword), hangUp];
};

const starttls: TamperRule = (context, next) => (context.ordinal > 1 ? stripped.starttls(context, next) : next());

export default defineScenario({
  id: 'capability-list-cut-off',
  family: 'strip',
  title: 'The connection ends within the capability list, before STARTTLS',
  attack: 'ends the first connection within its list, before the word STARTTLS; offers no TLS on later connections',
  why: 'A list that was cut off does not say what is missing. If a client takes it for the whole list, or comes back without TLS, an attacker removes TLS with one packet.',
  references: ['RFC 8314 §5.2', 'RFC 3207 §6'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  extra: 'more',
  goesOn: true,
  tamper: { greeting, capabilities, starttls },
  judge: ifListIsAsked(secretsStayInsideTls, 'before TLS'),
  flaw: {
    name: 'takes a list that was cut off for a whole one, and comes back without TLS',
    client: { ...fallsBackToPlaintext.client, takesSegmentForReply: true },
    habits: { prefers: 'PLAIN' },
  },
  covers: ['close-mid-caps'],
});
