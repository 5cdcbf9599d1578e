import { send, type TamperRule } from '../endpoints/tamper.js';
import type { FailedList } from '../protocols/protocol.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { asksForNoList, commandOf, forgedReplies, line, refusingUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & FailedList;

const capabilities: TamperRule<Row> = ({ protocol, inside, unit, variant }, next) => {
  const command = commandOf(unit);
  if (inside || (asksForNoList(protocol, command) && variant.helo === 'served')) return next();
  return [send(line(variant.reply, command))];
};

/** The greeting must not give the list away: IMAP's code goes, and ManageSieve's block is the answer that fails. */
const greeting: TamperRule<Row> = ({ protocol, inside, variant }, next) => {
  if (inside) return next();
  const { withoutList } = protocol.forgeries;
  return withoutList === undefined ? [send(line(variant.reply, undefined))] : next(withoutList);
};

export default defineScenario<Row>({
  id: 'capability-list-refused',
  family: 'strip',
  title: 'The capability command fails',
  attack: 'answers the capability command (EHLO, CAPABILITY, CAPA) with an error; answers STARTTLS with an error',
  why: 'An error is no permission to do without TLS: against a client that takes a failed EHLO, CAPABILITY or CAPA for “no TLS needed”, an attacker needs only one error reply.',
  references: ['RFC 3207 §6', 'RFC 8314 §5.2', 'RFC 5321 §4.1.4'],
  cve: ['CVE-2021-22946'],
  cwe: ['CWE-757', 'CWE-325'],
  modes: ['starttls'],
  variants: forgedReplies(({ failedLists }) => failedLists),
  tamper: { greeting, capabilities, starttls: refusingUpgrade },
  judge: secretsStayInsideTls,
  flaw: {
    name: 'takes a failed capability command for a list without STARTTLS',
    client: { ...fallsBackToPlaintext.client, onGreeting: () => undefined },
  },
  covers: ['strip-caps-error', 'strip-helo-downgrade', 'crash-caps-loop'],
});
