import { hangUp, raw, reset, send, type Action, type TamperRule } from '../endpoints/tamper.js';
import { latin1 } from '../protocols/text.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy, upgradeNeverTried } from '../verdict/judgement.js';
import { comesBackWithoutTls } from './flaws.js';
import { commandOf, stripped } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'alert' | 'garbage' | 'fin' | 'reset' };

const later =
  (rule: TamperRule): TamperRule<Row> =>
  (context, next) =>
    context.ordinal === 1 ? next() : rule(context, next);

const accepted: TamperRule<Row> = ({ protocol, unit }) => [send(protocol.answers.goAhead(commandOf(unit)))];

/** The first connection's TLS fails on the ClientHello; later ones have none, and a ClientHello there gets no answer but the end. */
const handshake: TamperRule<Row> = ({ ordinal, spokeTls, variant }) => {
  if (!spokeTls) return [];
  return ordinal === 1 ? FAILURES[variant.name] : [hangUp];
};

/** Where TLS was due from the first byte, the first connection waits for the ClientHello in silence. */
const greeting: TamperRule<Row> = (context, next) =>
  context.ordinal > 1 ? stripped.greeting(context, next) : context.mode === 'implicit' ? [] : next();

const FAILURES: Readonly<Record<Row['name'], readonly Action[]>> = {
  // handshake_failure (40), fatal (RFC 8446 §6).
  alert: [raw(Buffer.from([21, 3, 3, 0, 2, 2, 40])), hangUp],
  garbage: [raw(latin1('HTTP/1.1 400 Bad Request\r\n\r\n')), hangUp],
  fin: [hangUp],
  reset: [reset],
};

export default defineScenario<Row>({
  id: 'plaintext-after-failed-handshake',
  family: 'fallback',
  title: 'The handshake fails, and the next connection offers no TLS',
  attack: 'makes the first handshake fail; offers no TLS on later connections',
  why: 'An attacker who can break a handshake must not win by it: the next try insists on TLS as the first one did.',
  references: ['RFC 3207 §4', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-636'],
  modes: ['starttls', 'implicit'],
  variants: [{ name: 'alert' }, { name: 'garbage' }, { name: 'fin' }, { name: 'reset' }],
  tamper: {
    greeting,
    capabilities: later(stripped.capabilities),
    starttls: (context, next) => (context.ordinal === 1 ? accepted : stripped.starttls)(context, next),
    handshake,
  },
  judge: judgeBy((visit, read) => leaks(visit, read), { bait: upgradeNeverTried }),
  flaw: comesBackWithoutTls,
  covers: ['fb-hs-then-plain', 'oktls-alert', 'oktls-garbage', 'oktls-fin'],
});
