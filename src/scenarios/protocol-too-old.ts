import { send, type TamperRule } from '../endpoints/tamper.js';
import { ALL_PROTOCOLS, protocolsWhere } from '../protocols/port-roles.js';
import type { OldVersion, ProtocolName } from '../protocols/protocol.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { commandOf, line, refusingUpgrade } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & OldVersion & { readonly protocols: readonly ProtocolName[] };

const greeting: TamperRule<Row> = ({ inside, variant }, next) =>
  inside ? next() : [send(line(variant.greeting, undefined))];

/** The oldest versions have no list to ask for. */
const capabilities: TamperRule<Row> = ({ protocol, inside, unit, variant }, next) => {
  if (inside) return next();
  const command = commandOf(unit);
  return variant.list === undefined
    ? [send(protocol.answers.refuse(command, 'bad', 'Command not available'))]
    : [send(Buffer.concat([line(variant.list, command), protocol.answers.ok(command, 'Done')]))];
};

export default defineScenario<Row>({
  id: 'protocol-too-old',
  family: 'strip',
  title: 'The server claims to speak a protocol version that has no TLS',
  attack: 'greets as a version of the protocol without TLS; answers STARTTLS with an error',
  why: 'Anybody can claim to be old. A client that was told to use TLS must not talk to it without TLS.',
  references: ['RFC 8314 §5.2', 'RFC 1730', 'RFC 1176'],
  cwe: ['CWE-757', 'CWE-319'],
  protocols: protocolsWhere(({ forgeries }) => forgeries.oldVersions !== undefined),
  modes: ['starttls'],
  variants: ALL_PROTOCOLS.flatMap(({ name, forgeries }) =>
    (forgeries.oldVersions ?? []).map((row): Row => ({ ...row, protocols: [name] })),
  ),
  tamper: { greeting, capabilities, starttls: refusingUpgrade },
  judge: secretsStayInsideTls,
  flaw: fallsBackToPlaintext,
  covers: ['strip-proto-old'],
});
