import { send, type TamperRule } from '../endpoints/tamper.js';
import type { ForgedReply } from '../protocols/protocol.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { comesBackWithoutTls, goesOnAfterRefusal } from './flaws.js';
import { commandOf, forgedReplies, goodbye, line } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & ForgedReply;

const starttls: TamperRule<Row> = ({ unit, inside, variant, control }, next) => {
  if (inside) return next();
  const reply = line(variant.reply, commandOf(unit));
  return variant.then === 'close' ? goodbye(reply, control) : [send(reply)];
};

export default defineScenario<Row>({
  id: 'starttls-refused',
  family: 'refuse',
  title: 'STARTTLS is listed, and refused',
  attack: 'lists STARTTLS; answers it with an error',
  why: 'An attacker who can forge one reply can refuse STARTTLS. A client that was told to use TLS must stop, or try again later with TLS.',
  references: ['RFC 3207 §4', 'RFC 3207 §6', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  variants: forgedReplies(({ refusals }) => refusals),
  tamper: { starttls },
  judge: secretsStayInsideTls,
  flaw: ({ then }) => (then === 'close' ? comesBackWithoutTls : goesOnAfterRefusal),
  covers: [
    'refuse-temp',
    'refuse-perm',
    'refuse-bye',
    'auth-despite-logindisabled',
    'reconnect-storm',
    'told-refused-exit0',
  ],
});
