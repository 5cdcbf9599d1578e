import { downgrade, hangUp, raw, reset, send, type TamperRule } from '../endpoints/tamper.js';
import type { Flaw } from '../toys/moments.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { comesBackWithoutTls } from './flaws.js';
import { commandOf, withoutUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'stays-plain' | 'fin' | 'reset' | 'cut-short' | 'close-notify' };

const capabilities: TamperRule<Row> = (context, next) => (context.asked ? withoutUpgrade(context, next) : next());

const starttls: TamperRule<Row> = ({ protocol, unit, inside, variant }, next) => {
  if (inside || variant.name === 'close-notify') return next();
  const goAhead = protocol.answers.goAhead(commandOf(unit));
  // Without its line end it is no answer.
  return variant.name === 'cut-short' ? [send(goAhead.subarray(0, -2)), hangUp] : [send(goAhead)];
};

/** The ClientHello has come. */
const handshake: TamperRule<Row> = ({ protocol, insideOffer, variant }, next) => {
  switch (variant.name) {
    case 'fin':
    case 'cut-short':
      return [hangUp];
    case 'reset':
      return [reset];
    case 'stays-plain':
      return [raw(protocol.answers.greeting(insideOffer))];
    case 'close-notify':
      return next();
  }
};

const insideTls: TamperRule<Row> = ({ protocol, insideOffer, variant }, next) =>
  variant.name === 'close-notify'
    ? [...next(), downgrade, raw(protocol.answers.capabilities(undefined, insideOffer))]
    : next();

const FLAWS: Readonly<Record<Row['name'], Flaw>> = {
  'stays-plain': {
    name: 'goes on in clear where the ServerHello was due',
    client: { onHandshakeFailure: (toy) => toy.logIn() },
  },
  fin: comesBackWithoutTls,
  reset: comesBackWithoutTls,
  'cut-short': comesBackWithoutTls,
  'close-notify': { name: 'goes on in clear after close_notify', client: { onCloseNotify: (toy) => toy.logIn() } },
};

export default defineScenario<Row>({
  id: 'starttls-accepted-without-tls',
  family: 'no-tls',
  title: 'STARTTLS is accepted, and TLS does not happen or does not last',
  attack:
    'accepts STARTTLS; then answers in clear, ends the connection, or ends TLS after the handshake and goes on in clear',
  why: 'After the go-ahead a client must use TLS or give up. A client that goes on in clear gives everything to the attacker who broke the handshake.',
  references: ['RFC 3207 §4', 'RFC 8314 §3.4', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  variants: [
    { name: 'stays-plain', does: 'the server answers the ClientHello with a greeting in clear' },
    { name: 'fin', does: 'the server closes the connection after the go-ahead (FIN)' },
    { name: 'reset', does: 'the server resets the connection after the go-ahead (RST)' },
    {
      name: 'cut-short',
      does: 'the go-ahead is cut off before its line end, and the connection ends',
      extra: 'more',
      covers: ['close-partial-ok'],
    },
    { name: 'close-notify', does: 'the server ends TLS after the handshake (close_notify), and goes on in clear' },
  ],
  tamper: { capabilities, starttls, handshake, insideTls },
  judge: secretsStayInsideTls,
  flaw: ({ name }) => FLAWS[name],
  covers: ['oktls-stays-plain', 'oktls-fin', 'oktls-rst', 'oktls-then-close-notify'],
});
