import { send, type TamperRule } from '../endpoints/tamper.js';
import type { ProtocolName } from '../protocols/protocol.js';
import { latin1 } from '../protocols/text.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { commandOf, nextTag } from './rules.js';
import { defineScenario } from './scenario.js';

const starttls: TamperRule = ({ protocol, unit, inside, control }, next) => {
  if (inside) return next();
  const tag = commandOf(unit)?.tag ?? '*';
  const second = nextTag(tag, control?.tags);
  const text = QUEUES[protocol.name]
    .replace('TAG2', second)
    .replace('TAG3', nextTag(second, control?.tags))
    .replace('TAG', tag);
  return [send(latin1(text))];
};

/** A refusal, and answers to the commands that would follow: capabilities, login, mail. */
const QUEUES: Readonly<Record<ProtocolName, string>> = {
  smtp: '454 4.7.0 TLS not available\r\n235 2.7.0 Authenticated\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go on\r\n250 2.0.0 Queued\r\n',
  imap: 'TAG BAD Unknown command\r\nTAG2 OK Done\r\nTAG3 OK Logged in\r\n',
  pop3: '-ERR Unknown command\r\n+OK\r\n+OK Logged in\r\n',
  managesieve: 'NO "Not available"\r\nOK "Done"\r\nOK "Logged in"\r\n',
};

export default defineScenario({
  id: 'starttls-refused-with-queued-replies',
  title: 'A refusal comes with answers to questions not asked yet',
  why: 'Replies behind the refusal must not be taken for answers to what is said next: forged ones would carry the session past the login, in clear.',
  references: ['RFC 3207 §4', 'RFC 8314 §5.2'],
  cve: ['CVE-2021-22947'],
  cwe: ['CWE-345', 'CWE-319'],
  modes: ['starttls'],
  tamper: { starttls },
  judge: secretsStayInsideTls,
  flaw: {
    name: 'goes on in clear and believes the queued replies',
    client: { onRefusal: 'log-in', queuedReplies: 'believe', earlyTaggedOk: 'believe' },
  },
  covers: ['refuse-queued-replies'],
});
