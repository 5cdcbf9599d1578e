import { send, type TamperRule } from '../endpoints/tamper.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import { ifListIsAsked } from '../verdict/list-habit.js';
import { commandOf, stripped } from './rules.js';
import { defineScenario } from './scenario.js';

/** The list inside TLS has STARTTLS as well: in the answer, or in what the server says unasked. */
const listed: TamperRule = (context, next) => {
  if (!context.inside) return context.ordinal === 1 ? next() : stripped.capabilities(context, next);
  return next((honest) => context.protocol.rewriteOffer(honest, { ...context.insideOffer, upgrade: true }));
};

const starttls: TamperRule = (context, next) => {
  const { inside, ordinal, protocol, unit } = context;
  if (inside) return [send(protocol.answers.refuse(commandOf(unit), 'bad', 'TLS is active already'))];
  return ordinal === 1 ? next() : stripped.starttls(context, next);
};

const greeting: TamperRule = (context, next) => (context.ordinal === 1 ? next() : stripped.greeting(context, next));

export default defineScenario({
  id: 'starttls-listed-inside-tls',
  family: 'fallback',
  title: 'STARTTLS is listed inside TLS, and refused there',
  attack: 'lists STARTTLS again inside TLS; answers it there with an error; offers no TLS on later connections',
  why: 'TLS must not be started twice. A client that tries, is refused, and then takes the server for one without TLS, ends up in clear.',
  references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1', 'RFC 5804 §2.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  extra: 'more',
  tamper: { greeting, capabilities: listed, insideTls: listed, starttls },
  judge: ifListIsAsked(
    judgeBy((visit, read) => leaks(visit, read), {
      safely: (_visit, read) =>
        read.some(({ said }) => said.some(({ inside, unit }) => inside && unit.moment === 'starttls'))
          ? 'asked for TLS a second time inside TLS, was refused, and said nothing in clear'
          : undefined,
    }),
    'inside TLS',
  ),
  flaw: {
    name: 'asks for STARTTLS again inside TLS and, when refused, comes back without TLS',
    client: {
      onInside: async (toy, careful) => {
        await careful();
        if (toy.offer?.upgrade !== true) return;
        await toy.askUpgrade('the answer');
        toy.comeBack('in-clear');
      },
    },
  },
  covers: ['oktls-double'],
});
