import type { TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { stoodInTls } from '../verdict/comparison.js';
import { leaks, readings } from '../verdict/evidence.js';
import { judgeBy, listNeverRead, type Judge } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { withoutUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'in-greeting' | 'in-answer' };

const only =
  (where: Row['name']): TamperRule<Row> =>
  (context, next) =>
    context.variant.name === where ? next() : withoutUpgrade(context, next);

const judgeLists = judgeBy((visit, read) => leaks(visit, read), { bait: listNeverRead });

/** A client that goes by the greeting never hears the other list. */
const judge: Judge = (visit) => {
  const judgement = judgeLists(visit);
  const never = readings(visit).every(({ said }) =>
    said.every(({ inside, unit }) => inside || unit.moment !== 'capabilities'),
  );
  return judgement.status === 'inconclusive' && visit.variant === 'in-greeting' && never && stoodInTls(visit)
    ? {
        ...judgement,
        status: 'not-applicable',
        because: 'it goes by the greeting’s list, and asks for no other before TLS',
      }
    : judgement;
};

export default defineScenario<Row>({
  id: 'starttls-listed-once',
  family: 'strip',
  title: 'Greeting and capability list disagree about STARTTLS',
  attack: 'lists STARTTLS in its greeting, or in its answer to CAPABILITY, not in both; otherwise it is honest',
  why: 'When the list is sent in two places, an attacker can change only one of them. A client that believes the one without STARTTLS goes on without TLS.',
  references: ['RFC 9051 §6.2.1', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  protocols: protocolsWhere(({ tagged, greetingCarriesOffer }) => tagged && greetingCarriesOffer),
  modes: ['starttls'],
  variants: [
    { name: 'in-greeting', does: 'only the greeting lists STARTTLS' },
    { name: 'in-answer', does: 'only the answer to CAPABILITY lists STARTTLS', extra: 'more' },
  ],
  tamper: { greeting: only('in-greeting'), capabilities: only('in-answer') },
  judge,
  flaw: ({ name }) =>
    name === 'in-greeting'
      ? fallsBackToPlaintext
      : {
          name: 'falls back to plaintext where the greeting does not list STARTTLS',
          client: { onGreeting: (toy, careful) => (toy.offer?.upgrade === true ? careful() : toy.logIn()) },
        },
  covers: ['strip-caps-inconsistent'],
});
