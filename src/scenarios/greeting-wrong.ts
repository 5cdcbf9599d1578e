import { send, type MomentContext, type TamperRule } from '../endpoints/tamper.js';
import { ALL_PROTOCOLS } from '../protocols/port-roles.js';
import { latin1 } from '../protocols/text.js';
import type { Flaw } from '../toys/moments.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { commandOf, forgedReplies, goodbye, line, refusingUpgrade, withoutUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  /** What comes instead of the greeting, or before it. */
  readonly words: (context: MomentContext<Row>) => Buffer;
  readonly before?: 'greeting';
  readonly then?: 'close';
}

const greeting: TamperRule<Row> = (context, next) => {
  const { inside, variant } = context;
  if (inside) return next();
  const words = variant.words(context);
  if (variant.then === 'close') return goodbye(words, context.control);
  return variant.before === undefined ? [send(words)] : next((honest) => Buffer.concat([words, honest]));
};

/** One that leaves is not let go politely either. */
const quit: TamperRule<Row> = ({ protocol, unit, inside, variant }, next) =>
  !inside && variant.name === 'quit-refused'
    ? [send(protocol.answers.refuse(commandOf(unit), 'bad', 'Not now'))]
    : next();

const others: readonly Row[] = [
  {
    name: 'garbage',
    does: 'the greeting is bytes without meaning',
    words: () => latin1('\u0001\u0002 \u00fe\u00ff\r\nnothing known\r\n'),
    before: 'greeting',
    covers: ['greet-garbage'],
  },
  {
    name: 'other-protocol',
    does: 'the greeting is one of another mail protocol',
    words: ({ protocol, insideOffer }) => {
      const other = ALL_PROTOCOLS.find(
        ({ opensslName, helloVerb }) => opensslName !== protocol.opensslName && helloVerb !== undefined,
      );
      const instead =
        protocol.helloVerb === undefined ? other : ALL_PROTOCOLS.find(({ helloVerb }) => helloVerb === undefined);
      return (instead ?? protocol).answers.greeting(insideOffer);
    },
    extra: 'more',
    covers: ['greet-banner-swap'],
  },
  {
    name: 'quit-refused',
    does: 'the greeting is a refusal, and QUIT or LOGOUT is refused too',
    words: ({ protocol: { answers } }) => answers.refuse(undefined, 'no', 'Not now'),
    extra: 'more',
    covers: ['greet-quit-error'],
  },
  {
    name: 'tls-bytes',
    does: 'the greeting is the beginning of a TLS handshake',
    words: () => SERVER_HELLO,
    extra: 'more',
    covers: ['greet-tls-bytes', 'port-starttls-speaks-tls'],
  },
];

/** A record with a ServerHello of TLS 1.2 whose last bytes end a line (RFC 5246 §7.4.1.3). */
const SERVER_HELLO = Buffer.concat([
  Buffer.from([22, 3, 3, 0, 44, 2, 0, 0, 40, 3, 3]),
  Buffer.alloc(30, 0xa5),
  latin1('\r\n'),
  Buffer.from([0, 0xc0, 0x2f, 0, 0, 0]),
]);

/** Milliseconds; a greeting comes sooner. */
const A_WHILE = 1000;

const ignoresGreeting: Flaw = {
  name: 'logs in in clear whatever the greeting says',
  client: { onGreeting: (toy) => toy.logIn() },
};

const speaksFirst: Flaw = {
  name: 'logs in in clear whatever it is greeted with',
  client: {
    onConnected: async (toy) => {
      await toy.linger(A_WHILE);
      await toy.blurtOutLogin();
    },
  },
};

export default defineScenario<Row>({
  id: 'greeting-wrong',
  family: 'strip',
  title: 'The greeting refuses the client, or is not a greeting',
  attack: 'greets with a refusal, with garbage, with TLS or in another protocol, and offers no STARTTLS after it',
  why: 'Before TLS anybody may greet. A client that ignores a refusal in the greeting, and logs in without TLS, trusts a server that did not accept it.',
  references: ['RFC 5321 §3.1', 'RFC 9051 §7.1', 'RFC 8314 §5.2'],
  cwe: ['CWE-754', 'CWE-319'],
  modes: ['starttls'],
  variants: [
    ...forgedReplies(({ greetings }) => greetings).map(({ reply, ...row }): Row => ({
      ...row,
      does: `the greeting is “${reply}”`,
      words: () => line(reply, undefined),
    })),
    ...others,
  ],
  tamper: { greeting, capabilities: withoutUpgrade, starttls: refusingUpgrade, quit },
  judge: secretsStayInsideTls,
  flaw: ({ name }) => (name === 'tls-bytes' ? speaksFirst : ignoresGreeting),
  covers: ['greet-error', 'greet-tagged'],
});
