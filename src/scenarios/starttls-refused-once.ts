import { send, type TamperRule } from '../endpoints/tamper.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy, upgradeNeverTried } from '../verdict/judgement.js';
import { goesOnAfterRefusal } from './flaws.js';
import { commandOf, refusingUpgrade, withoutUpgrade } from './rules.js';
import { defineScenario } from './scenario.js';

const listedOnce: TamperRule = (context, next) => (context.ordinal === 1 ? next() : withoutUpgrade(context, next));

const refusedTwice: TamperRule = (context, next) => {
  if (context.inside) return next();
  if (context.ordinal > 1) return refusingUpgrade(context, next);
  return [send(context.protocol.answers.refuse(commandOf(context.unit), 'try-later', 'Try later'))];
};

export default defineScenario({
  id: 'starttls-refused-once',
  family: 'refuse',
  title: 'STARTTLS is refused for now, and gone at the next try',
  attack:
    'answers STARTTLS with a temporary error; on later connections removes STARTTLS from greeting and capability list',
  why: 'The second try must insist on TLS as the first one did; otherwise an attacker needs two steps instead of one.',
  references: ['RFC 3207 §4', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  goesOn: true,
  tamper: { greeting: listedOnce, capabilities: listedOnce, starttls: refusedTwice },
  judge: judgeBy((visit, read) => leaks(visit, read), { bait: upgradeNeverTried }),
  flaw: goesOnAfterRefusal,
  covers: ['refuse-once'],
});
