import { send, type TamperRule } from '../endpoints/tamper.js';
import type { ProtocolName } from '../protocols/protocol.js';
import { latin1 } from '../protocols/text.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { commandOf, line, refusingUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  readonly protocols: readonly ProtocolName[];
  readonly reply: string;
  /** HELO is answered as ever: the way down to a protocol without extensions (RFC 5321 §4.1.4). */
  readonly helo?: 'served';
}

const capabilities: TamperRule<Row> = ({ inside, unit, variant }, next) => {
  const command = commandOf(unit);
  if (inside || (command?.verb === 'HELO' && variant.helo === 'served')) return next();
  return [send(line(variant.reply, command))];
};

/** The greeting must not give the list away: IMAP's code goes, and ManageSieve's block is the answer that fails. */
const greeting: TamperRule<Row> = ({ protocol, inside, variant }, next) => {
  if (inside) return next();
  if (protocol.name === 'managesieve') return [send(line(variant.reply, undefined))];
  return next((honest) =>
    protocol.name === 'imap' ? latin1(honest.toString('latin1').replace(/ \[CAPABILITY [^\]]*\]/i, '')) : honest,
  );
};

const smtp = (code: string, text: string, helo?: 'served'): Row => ({
  name: code,
  protocols: ['smtp'],
  reply: `${code} ${text}`,
  ...(helo && { helo }),
});

export default defineScenario<Row>({
  id: 'capability-list-refused',
  title: 'The capability command fails',
  why: 'No list is no permission: a client that takes a failed EHLO, CAPABILITY or CAPA for “no TLS needed” can be stripped with one error reply.',
  references: ['RFC 3207 §6', 'RFC 8314 §5.2', 'RFC 5321 §4.1.4'],
  cve: ['CVE-2021-22946'],
  cwe: ['CWE-757', 'CWE-325'],
  modes: ['starttls'],
  variants: [
    smtp('500', '5.5.1 Command unrecognized', 'served'),
    smtp('501', '5.5.4 Syntax error in parameters'),
    smtp('502', '5.5.1 Command not implemented', 'served'),
    smtp('504', '5.5.4 Parameter not implemented'),
    smtp('530', '5.7.0 Not now'),
    smtp('550', '5.7.1 Not for you'),
    { name: 'bad', protocols: ['imap'], reply: 'TAG BAD Unknown command' },
    { name: 'no', protocols: ['imap'], reply: 'TAG NO Not now' },
    { name: 'err', protocols: ['pop3'], reply: '-ERR Unknown command' },
    { name: 'no', protocols: ['managesieve'], reply: 'NO "Not now"' },
  ],
  tamper: { greeting, capabilities, starttls: refusingUpgrade },
  judge: secretsStayInsideTls,
  flaw: {
    name: 'takes a failed capability command for a list without STARTTLS',
    client: { onMissingOffer: 'log-in', readsGreeting: false },
  },
  covers: ['strip-caps-error', 'strip-helo-downgrade'],
});
