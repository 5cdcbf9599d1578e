import { hangUp, raw, type TamperRule } from '../endpoints/tamper.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy, upgradeNeverTried } from '../verdict/judgement.js';
import { stripped } from './rules.js';
import { defineScenario } from './scenario.js';

const later =
  (rule: TamperRule): TamperRule =>
  (context, next) =>
    context.ordinal === 1 ? next() : rule(context, next);

/** Where TLS was due from the first byte, a later connection greets in clear; a ClientHello gets no answer but the end. */
const handshake: TamperRule = ({ ordinal, spokeTls }, next) => (ordinal === 1 ? next() : spokeTls ? [hangUp] : []);

const insideTls: TamperRule = ({ ordinal, protocol, insideOffer }, next) =>
  ordinal === 1 ? [raw(protocol.answers.greeting(insideOffer))] : next();

export default defineScenario({
  id: 'tls-broken-then-not-offered',
  family: 'fallback',
  title: 'Clear text breaks TLS, and the next connection offers no TLS',
  attack:
    'starts TLS on the first connection, then writes a greeting in clear on it, outside TLS; offers no TLS on later connections',
  why: 'An attacker can break TLS with one packet. The next try must insist on TLS as the first one did.',
  references: ['RFC 8446 §5', 'RFC 8314 §5.2', 'RFC 3207 §4'],
  cwe: ['CWE-757', 'CWE-636'],
  modes: ['starttls', 'implicit'],
  extra: 'more',
  goesOn: true,
  tamper: {
    greeting: later(stripped.greeting),
    capabilities: later(stripped.capabilities),
    starttls: later(stripped.starttls),
    handshake,
    insideTls,
  },
  judge: judgeBy((visit, read) => leaks(visit, read), { bait: upgradeNeverTried }),
  flaw: {
    name: 'comes back without TLS when TLS breaks',
    client: { onCloseNotify: (toy) => toy.comeBack('in-clear') },
  },
  covers: ['clear-inside-then-reconnect'],
});
