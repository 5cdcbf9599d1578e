import { ignore, type TamperRule } from '../endpoints/tamper.js';
import { commandOf, stripped } from './rules.js';
import { gaveUpOrHung, LONGEST_PATIENCE } from './patience.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'greeting' | 'handshake' };

/** A client that comes back after a silence is greeted, and not offered TLS: what a client does in clear cannot be seen where nobody speaks. */
const greeting: TamperRule<Row> = (context, next) => {
  const { again, inside, mode, variant } = context;
  if (variant.name === 'greeting') return again === true ? stripped.greeting(context, next) : [ignore];
  // Where TLS was due from the first byte, the ClientHello is what nobody answers.
  return mode === 'implicit' && !inside ? [] : next();
};

const capabilities: TamperRule<Row> = (context, next) =>
  context.variant.name === 'greeting' && context.again === true ? stripped.capabilities(context, next) : next();

const starttls: TamperRule<Row> = (context, next) => {
  const { again, inside, protocol, unit, variant } = context;
  if (variant.name === 'greeting') return again === true ? stripped.starttls(context, next) : next();
  return inside ? next() : [{ do: 'send', bytes: protocol.answers.goAhead(commandOf(unit)) }];
};

const handshake: TamperRule<Row> = ({ mode, spokeTls, variant }, next) => {
  if (variant.name === 'greeting') return next();
  return mode === 'implicit' && !spokeTls ? [] : [ignore];
};

export default defineScenario<Row>({
  id: 'server-falls-silent',
  family: 'no-tls',
  title: 'The server is silent from some point on',
  attack:
    'sends no greeting, and offers no TLS to a client that comes back; or accepts STARTTLS and does not answer the ClientHello',
  why: 'An attacker who drops packets makes the server fall silent. A client must then give up, and must not go on in clear.',
  references: ['RFC 5321 §4.5.3.2', 'RFC 8314 §5.2'],
  cwe: ['CWE-636', 'CWE-400'],
  modes: ['starttls', 'implicit'],
  extra: 'slow',
  lasts: LONGEST_PATIENCE,
  variants: [
    {
      name: 'greeting',
      does: 'no greeting comes on the first connection, and no STARTTLS on the next',
      modes: ['starttls'],
      covers: ['greet-none'],
    },
    { name: 'handshake', does: 'no answer to the ClientHello comes', covers: ['oktls-hang'] },
  ],
  tamper: { greeting, capabilities, starttls, handshake },
  judge: gaveUpOrHung,
  flaw: ({ name }) =>
    name === 'greeting'
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
