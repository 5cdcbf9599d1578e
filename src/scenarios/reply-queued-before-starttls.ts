import { hangUp, type TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { refusingUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'go-ahead' | 'ok' };

/** Behind the list: what the client says next is answered already. */
const onePlus: TamperRule<Row> = ({ protocol: { answers }, inside, variant }, next) =>
  inside
    ? next()
    : next((honest) =>
        Buffer.concat([
          honest,
          variant.name === 'go-ahead' ? answers.goAhead(undefined) : answers.ok(undefined, 'Done'),
        ]),
      );

/** Only one of both carries the list. */
const greeting: TamperRule<Row> = (context, next) =>
  context.protocol.greetingCarriesOffer ? onePlus(context, next) : next();

/** Where every reply is one late, a client that waits for a challenge says no secret. */
const PLAINLY = { prefers: 'PLAIN' } as const;

export default defineScenario<Row>({
  id: 'reply-queued-before-starttls',
  family: 'forged-reply',
  title: 'One reply too many comes before STARTTLS',
  attack: 'sends one reply too many behind its list; answers STARTTLS with an error',
  why: 'Replies without tags are matched by counting. With one reply too many, STARTTLS is answered before it is sent, and each later command gets the reply to the one before.',
  references: ['RFC 3207 §4', 'RFC 2920 §3.1', 'RFC 8314 §5.2'],
  cve: ['CVE-2021-22947'],
  cwe: ['CWE-345', 'CWE-319'],
  protocols: protocolsWhere(({ tagged }) => !tagged),
  modes: ['starttls'],
  variants: [
    { name: 'go-ahead', does: 'the reply too many is a go-ahead' },
    // Elsewhere any positive reply is the go-ahead.
    {
      name: 'ok',
      does: 'the reply too many is an ordinary OK',
      protocols: protocolsWhere(({ helloVerb }) => helloVerb !== undefined),
      extra: 'more',
    },
  ],
  // The real command is refused: who has believed the queued reply gets no TLS.
  tamper: { greeting, capabilities: onePlus, starttls: refusingUpgrade, handshake: () => [hangUp] },
  judge: secretsStayInsideTls,
  flaw: ({ name }) =>
    name === 'go-ahead'
      ? {
          habits: PLAINLY,
          name: 'takes a queued reply for the go-ahead, and goes on in clear when TLS fails',
          client: {
            onEarlyReply: () => undefined,
            onHandshakeFailure: (toy) => toy.logIn(),
            onRefusal: (toy) => toy.logIn(),
          },
        }
      : {
          habits: PLAINLY,
          name: 'takes a queued reply for the answer to STARTTLS, and goes on in clear',
          client: { onEarlyReply: () => undefined, onRefusal: (toy) => toy.logIn() },
        },
  covers: ['early-reply-smtp'],
});
