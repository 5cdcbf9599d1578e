import {
  hangUp,
  onSilence,
  raw,
  withhold,
  type Action,
  type MomentContext,
  type TamperRule,
} from '../endpoints/tamper.js';
import { latin1 } from '../protocols/text.js';
import { goesOnOverClearText } from '../verdict/broken-stream.js';
import { pauseFor } from '../verdict/pace.js';
import type { ControlFacts } from '../verdict/visit.js';
import { inTheEnd, SECONDS_AND_MORE } from './patience.js';
import { commandOf } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'greeting' | 'http-error' | 'between-replies' | 'after-login' };

/** Before anything was answered inside TLS. */
const insideTls: TamperRule<Row> = (context, next) => {
  const { protocol, insideOffer, variant } = context;
  if (variant.name === 'greeting') return inClear(context, protocol.answers.greeting(insideOffer), next());
  if (variant.name === 'http-error') return inClear(context, latin1('HTTP/1.1 400 Bad Request\r\n\r\n'), next());
  return next();
};

/** What the client says without having read the clear text, or in spite of it. */
const afterwards: TamperRule<Row> = (context, next) => {
  const { inside, variant } = context;
  return inside && (variant.name === 'greeting' || variant.name === 'http-error') ? [...next(), more(context)] : next();
};

const login: TamperRule<Row> = (context, next) =>
  context.inside && context.variant.name === 'between-replies'
    ? beforeItsAnswer(context, next())
    : afterwards(context, next);

/** The first thing that is said once the client is logged in, or instead of a login. */
const business: TamperRule<Row> = (context, next) => {
  const { name } = context.variant;
  const isDue = name === 'after-login' || (name === 'between-replies' && context.control?.mechanisms.length === 0);
  return context.inside && isDue ? beforeItsAnswer(context, next()) : afterwards(context, next);
};

const beforeItsAnswer = (context: MomentContext<Row>, answer: readonly Action[]): readonly Action[] => {
  const { protocol, unit } = context;
  return unit?.kind === 'command' ? inClear(context, protocol.answers.ok(commandOf(unit), 'Done'), answer) : answer;
};

/** Beneath TLS; the real answer, inside TLS, comes when everybody who is not in step has said something. */
const inClear = (context: MomentContext<Row>, bytes: Buffer, answer: readonly Action[]): readonly Action[] => [
  raw(bytes),
  withhold(SILENCE),
  ...answer,
  more(context),
];

/**
 * To TLS the first five bytes announce a record, and some wait until all of it has come (Go up to 1.19: “250 D” are 8 kilobytes). To
 * those that say nothing so much is said that the longest record is full: whether they end then is up to them.
 */
const more = ({ control, protocol, unit }: MomentContext<Row>): Action => {
  const words = protocol.answers.ok(unit?.kind === 'command' ? commandOf(unit) : undefined, 'Done');
  return onSilence(patience(control), [
    raw(Buffer.alloc(Math.ceil(LONGEST_RECORD / words.length) * words.length, words)),
    inTheEnd(hangUp),
  ]);
};

const patience = (control: ControlFacts | undefined): number => pauseFor(control?.pace ?? 0, LINGERS, LONGEST);

/** Milliseconds. */
const LINGERS = 2000;
const LONGEST = 8000;

/** Bytes: more than TLS permits, in any version. */
const LONGEST_RECORD = 20_480;

/** Milliseconds. */
const SILENCE = 400;

export default defineScenario<Row>({
  id: 'plaintext-inside-tls',
  family: 'inside-tls',
  title: 'Clear text comes in the middle of TLS',
  attack:
    'starts TLS; writes a greeting, an HTTP error or a reply in clear on the same connection, outside TLS, and then answers inside TLS',
  why: 'Bytes that are not a TLS record must end the session, because anybody on the path could have sent them. A client that reads on, or goes on in clear, has no encryption any more.',
  references: ['RFC 8446 §5', 'RFC 8446 §6.2', 'RFC 5246 §7.2.2'],
  cwe: ['CWE-345', 'CWE-636', 'CWE-319'],
  modes: ['starttls', 'implicit'],
  lasts: SECONDS_AND_MORE,
  variants: [
    { name: 'greeting', does: 'the server greets in clear right after the handshake' },
    { name: 'http-error', does: 'the server writes an HTTP error in clear right after the handshake', extra: 'more' },
    { name: 'between-replies', does: 'a reply in clear comes before the answer to the login' },
    { name: 'after-login', does: 'a reply in clear comes before the first answer after the login' },
  ],
  plaintext: 'refused',
  tamper: { insideTls, capabilities: afterwards, identify: afterwards, login, mailbox: business, message: business },
  judge: goesOnOverClearText,
  flaw: { name: 'goes on in clear when TLS breaks', client: { onCloseNotify: (toy) => toy.logIn() } },
  covers: ['clear-inside-stream'],
});
