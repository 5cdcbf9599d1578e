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
  attack: 'removes STARTTLS from its list; answers MAIL with 530 (TLS first)',
  why: 'A client that is told that TLS is missing must stop. One that tries the login that is on offer sends its password in clear.',
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
