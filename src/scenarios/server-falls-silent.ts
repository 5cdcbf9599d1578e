import { hangUp, ignore, send, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import { commandOf, stripped } from './rules.js';
import {
  gaveUpOrHung,
  lateBySeconds,
  LONGEST_PATIENCE,
  SECONDS_AND_MORE,
  silentForSeconds,
  staysInsideTlsForSeconds,
} from './patience.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & {
  readonly name: 'greeting' | 'handshake' | 'greeting-for-seconds' | 'handshake-for-seconds';
};

const isOfGreeting = ({ name }: Row): boolean => name.startsWith('greeting');
const isOfSeconds = ({ name }: Row): boolean => name.endsWith('-for-seconds');

/** Another connection of the client came before; where clients share an endpoint, it was this one's if it spoke. */
const isBack = ({ again, ordinal }: Pick<MomentContext, 'again' | 'ordinal'>): boolean => again === true || ordinal > 1;

/** Where TLS was due from the first byte, the client comes back without it. */
const isBackInClear = (context: Pick<MomentContext, 'again' | 'inside' | 'mode' | 'ordinal'>): boolean =>
  context.mode === 'implicit' && !context.inside && isBack(context);

/** A client that comes back after a silence is greeted, and not offered TLS: what a client does in clear cannot be seen where nobody speaks. */
const greeting: TamperRule<Row> = (context, next) => {
  const { again, inside, insideOffer, mode, protocol, variant } = context;
  if (isOfGreeting(variant)) {
    if (again === true) return stripped.greeting(context, next);
    return isOfSeconds(variant)
      ? lateBySeconds(send(protocol.answers.greeting({ ...insideOffer, upgrade: true })))
      : [ignore];
  }
  // Where TLS was due from the first byte, the ClientHello is what nobody answers.
  if (mode === 'implicit' && !inside) return isBack(context) ? stripped.greeting(context, next) : [];
  return next();
};

const capabilities: TamperRule<Row> = (context, next) =>
  (isOfGreeting(context.variant) && context.again === true) || isBackInClear(context)
    ? stripped.capabilities(context, next)
    : next();

const starttls: TamperRule<Row> = (context, next) => {
  const { again, inside, protocol, unit, variant } = context;
  if (isOfGreeting(variant)) return again === true ? stripped.starttls(context, next) : next();
  if (isBackInClear(context)) return stripped.starttls(context, next);
  return inside ? next() : [send(protocol.answers.goAhead(commandOf(unit)))];
};

const handshake: TamperRule<Row> = (context, next) => {
  const { mode, spokeTls, variant } = context;
  if (isOfGreeting(variant)) return next();
  // It insists on TLS, as it should: another silence would show no more.
  if (mode === 'implicit' && spokeTls && isBack(context)) return [hangUp];
  return mode === 'implicit' && !spokeTls ? [] : isOfSeconds(variant) ? silentForSeconds(hangUp) : [ignore];
};

export default defineScenario<Row>({
  id: 'server-falls-silent',
  family: 'no-tls',
  title: 'The server is silent from some point on',
  attack: 'sends no greeting, and offers no TLS to a client that comes back; or does not answer the ClientHello',
  why: 'An attacker who drops packets makes the server fall silent. A client must then give up, and must not go on in clear.',
  references: ['RFC 5321 §4.5.3.2', 'RFC 8314 §5.2'],
  cwe: ['CWE-636', 'CWE-400'],
  modes: ['starttls', 'implicit'],
  lasts: (variant) => (isOfSeconds(variant) ? SECONDS_AND_MORE : LONGEST_PATIENCE),
  variants: [
    {
      name: 'greeting',
      does: 'no greeting comes on the first connection, and no STARTTLS on the next',
      modes: ['starttls'],
      extra: 'slow',
      covers: ['greet-none'],
    },
    {
      name: 'greeting-for-seconds',
      does: 'the greeting of the first connection comes after 17 s; the next one is not offered STARTTLS',
      modes: ['starttls'],
      extra: 'more',
      covers: ['greet-none'],
    },
    {
      name: 'handshake',
      does: 'no answer to the ClientHello comes; with implicit TLS, the next connection is greeted in clear',
      extra: 'slow',
      covers: ['oktls-hang'],
    },
    {
      name: 'handshake-for-seconds',
      does: 'no answer to the ClientHello comes, and the connection ends after 17 s; with implicit TLS, the next one is greeted in clear',
      extra: 'more',
      covers: ['oktls-hang'],
    },
  ],
  tamper: { greeting, capabilities, starttls, handshake },
  judge: (visit) =>
    visit.variant?.endsWith('-for-seconds') === true
      ? staysInsideTlsForSeconds(`server-falls-silent/${visit.variant.replace('-for-seconds', '')}`)(visit)
      : gaveUpOrHung(visit),
  flaw: (variant) =>
    isOfGreeting(variant)
      ? {
          name: 'logs in where no greeting comes',
          client: {
            onConnected: async (toy, careful) => {
              await toy.linger(A_WHILE);
              await toy.blurtOutLogin();
              await careful();
            },
          },
        }
      : {
          name: 'goes on in clear where the handshake does not end',
          client: { onHandshakeFailure: (toy) => toy.logIn() },
        },
  covers: [],
});

/** Milliseconds; an honest greeting comes sooner. */
const A_WHILE = 1000;
