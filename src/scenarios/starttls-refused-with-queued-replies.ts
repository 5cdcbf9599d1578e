import { send, type TamperRule } from '../endpoints/tamper.js';
import { latin1 } from '../protocols/text.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { commandOf, nextTag } from './rules.js';
import { defineScenario } from './scenario.js';

const starttls: TamperRule = ({ protocol, unit, inside, control }, next) => {
  if (inside) return next();
  const tag = commandOf(unit)?.tag ?? '*';
  const second = nextTag(tag, control?.tags);
  const text = protocol.forgeries.queued
    .replace('TAG2', second)
    .replace('TAG3', nextTag(second, control?.tags))
    .replace('TAG', tag);
  return [send(latin1(text))];
};

export default defineScenario({
  id: 'starttls-refused-with-queued-replies',
  family: 'refuse',
  title: 'STARTTLS is refused, and replies to later commands come with the refusal',
  attack: 'answers STARTTLS with an error, and sends replies to later commands along with it',
  why: 'Replies behind the refusal must not be taken for answers to what is said next: forged ones would carry the session past the login, in clear.',
  references: ['RFC 3207 §4', 'RFC 8314 §5.2'],
  cve: ['CVE-2021-22947'],
  cwe: ['CWE-345', 'CWE-319'],
  modes: ['starttls'],
  tamper: { starttls },
  judge: secretsStayInsideTls,
  flaw: {
    name: 'goes on in clear and believes the queued replies',
    client: { onRefusal: (toy) => toy.logIn(), onEarlyReply: () => undefined },
  },
  covers: ['refuse-queued-replies'],
});
