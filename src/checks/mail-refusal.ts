import { lastLine, type Asked } from '../probes/dialogue-facts.js';

/** Why a server did not take mail in clear: for want of TLS, for want of a login or of a right to send, or for a reason of its own. */
export type MailRefusal = 'wants-tls' | 'wants-login' | 'forbidden' | 'other';

/** What the answer to MAIL or RCPT is about, where it is a refusal that can be told; by its words first, which are surer than its code. */
export const mailRefusal = ({ said }: Asked): MailRefusal => {
  if (said === undefined || said.status === 'ok') return 'other';
  const { code = '', lines } = said;
  const text = lines.map((line) => line.text).join(' ');
  if (TLS.test(text)) return 'wants-tls';
  if (LOGIN.test(text)) return 'wants-login';
  if (/^53[08]$/.test(code)) return 'wants-tls';
  // RFC 5321 §4.2.2: 500 to 504 are about how the command was written, as "501 domain literals not allowed".
  if (code.startsWith('4') || /^50[0-4]$/.test(code) || NOT_NOW.test(text)) return 'other';
  return FORBIDDEN.test(text) && !ADDRESS.test(text) ? 'forbidden' : 'other';
};

/** What is told of an answer, for a sentence. */
export const saidInWords = (answer: Asked): string => lastLine(answer)?.text ?? `no answer (${answer.how})`;

const TLS = /\b(?:START)?TLS\b|\bSSL\b|encrypt|\bsecure\b|unsecure|insecure|plain ?text|clear ?text/i;
const LOGIN = /\bauth|log[ -]?in\b|logged in|\blogon\b|credential|password|unauthenticated|not identified/i;
const NOT_NOW = /\b4\.\d+\.\d+\b|grey-?list|gray-?list/i;
// RFC 3463 §3.8: X.7.x is security or policy.
const FORBIDDEN =
  /\b5\.7\.\d+\b|denied|not allowed|not permitted|prohibit|forbidden|unauthori[sz]ed|permission|policy|disallow|reject/i;
// RFC 3463 §3.2: X.1.x is an address; the one that was tried is not that of a client. Who is no relay may take mail for his own users.
const ADDRESS =
  /\b5\.1\.\d+\b|\bsender\b|null|bounce|\brelay\w*|user unknown|unknown user|no such|mailbox|literal|from address|blocked|black ?list|\bRBL\b|spam|\bPTR\b|reverse|host ?name|\bHELO\b|\bEHLO\b/i;
