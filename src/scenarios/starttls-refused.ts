import { hangUp, send, type TamperRule } from '../endpoints/tamper.js';
import type { ProtocolName } from '../protocols/protocol.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { commandOf, line } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  readonly protocols: readonly ProtocolName[];
  readonly reply: string;
  readonly then?: 'close';
}

const starttls: TamperRule<Row> = ({ unit, inside, variant }, next) =>
  inside ? next() : [send(line(variant.reply, commandOf(unit))), ...(variant.then === 'close' ? [hangUp] : [])];

const smtp = (code: string, text: string): Row => ({ name: code, protocols: ['smtp'], reply: `${code} ${text}` });

export default defineScenario<Row>({
  id: 'starttls-refused',
  title: 'STARTTLS is listed, and refused',
  why: 'Whoever can forge one reply can refuse the upgrade; a client told to use TLS must stop, or try again later with TLS.',
  references: ['RFC 3207 §4', 'RFC 3207 §6', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  variants: [
    smtp('454', '4.7.0 TLS not available due to temporary reason'),
    smtp('500', '5.5.1 Command unrecognized'),
    smtp('501', '5.5.4 Syntax error'),
    smtp('502', '5.5.1 Command not implemented'),
    smtp('503', '5.5.1 Bad sequence of commands'),
    smtp('504', '5.5.4 Parameter not implemented'),
    smtp('530', '5.7.0 Not now'),
    smtp('550', '5.7.1 Not for you'),
    smtp('554', '5.7.0 TLS not available'),
    { name: 'try-later', protocols: ['imap'], reply: 'TAG NO [UNAVAILABLE] Try later' },
    { name: 'try-later', protocols: ['pop3'], reply: '-ERR [SYS/TEMP] Try later' },
    { name: 'try-later', protocols: ['managesieve'], reply: 'NO (TRYLATER) "Try later"' },
    { name: 'no', protocols: ['imap'], reply: 'TAG NO TLS is not available' },
    { name: 'bad', protocols: ['imap'], reply: 'TAG BAD Unknown command' },
    { name: 'err', protocols: ['pop3'], reply: '-ERR Unknown command' },
    { name: 'no', protocols: ['managesieve'], reply: 'NO "TLS is not available"' },
    { name: 'bye', protocols: ['smtp'], reply: '421 4.3.2 Closing', then: 'close' },
    { name: 'bye', protocols: ['imap'], reply: '* BYE Closing', then: 'close' },
    { name: 'bye', protocols: ['pop3'], reply: '-ERR [SYS/TEMP] Closing', then: 'close' },
    { name: 'bye', protocols: ['managesieve'], reply: 'BYE "Closing"', then: 'close' },
  ],
  tamper: { starttls },
  judge: secretsStayInsideTls,
  flaw: ({ then }) =>
    then === 'close'
      ? { name: 'comes back without TLS', client: { onHandshakeFailure: 'reconnect-in-clear', onRefusal: 'log-in' } }
      : { name: 'goes on in clear after a refusal', client: { onRefusal: 'log-in' } },
  covers: ['refuse-temp', 'refuse-perm', 'refuse-bye', 'auth-despite-logindisabled'],
});
