import type { TamperRule } from '../endpoints/tamper.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { refusingUpgrade } from './rules.js';
import { defineScenario } from './scenario.js';

const closed: TamperRule = ({ protocol, inside }, next) =>
  inside
    ? next()
    : next((honest) => protocol.rewriteOffer(honest, { upgrade: false, logins: [], loginDisabled: true }));

export default defineScenario({
  id: 'login-disabled-without-starttls',
  family: 'strip',
  title: 'Neither STARTTLS nor a login is listed',
  attack: 'removes STARTTLS and all logins from greeting and capability list; answers STARTTLS with an error',
  why: 'The list says that logins are not accepted (in IMAP by LOGINDISABLED). A client that logs in anyway sends its password in clear, for nothing.',
  references: ['RFC 9051 §6.2.3', 'RFC 2595 §3.2', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  tamper: { greeting: closed, capabilities: closed, starttls: refusingUpgrade },
  judge: secretsStayInsideTls,
  flaw: fallsBackToPlaintext,
  covers: ['strip-logindisabled-only'],
});
