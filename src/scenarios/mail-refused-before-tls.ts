import { send, type TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { latin1 } from '../protocols/text.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { stripped } from './rules.js';
import { defineScenario } from './scenario.js';

/** RFC 3207 §4: 530 to every command but NOOP, EHLO, STARTTLS and QUIT. */
const message: TamperRule = ({ inside }, next) =>
  inside ? next() : [send(latin1('530 5.7.0 Must issue a STARTTLS command first\r\n'))];

export default defineScenario({
  id: 'mail-refused-before-tls',
  family: 'strip',
  title: 'Mail is refused because TLS is missing, and a login in clear is accepted',
  attack: 'removes STARTTLS from its list; answers MAIL with 530 (TLS first); accepts a plaintext login',
  why: 'A client that is told that something is missing, and tries whatever is on offer, gives its password in clear to send its mail.',
  references: ['RFC 3207 §4', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  protocols: protocolsWhere(({ mailWithoutLogin }) => mailWithoutLogin),
  modes: ['starttls'],
  extra: 'more',
  tamper: { ...stripped, message },
  judge: secretsStayInsideTls,
  flaw: fallsBackToPlaintext,
  covers: ['auth-530-hint'],
});
