import type { TamperRule } from '../endpoints/tamper.js';
import protocols from '../protocols/index.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { latin1 } from '../protocols/text.js';
import { leaks, mailboxInClear, type Evidence } from '../verdict/evidence.js';
import { quote } from '../verdict/evidence-words.js';
import { judgeBy } from '../verdict/judgement.js';
import { ifListIsAsked } from '../verdict/list-habit.js';
import type { Reading, Said } from '../verdict/reading.js';
import { defineScenario } from './scenario.js';

const listed: TamperRule = ({ protocol, inside }, next) =>
  inside
    ? next()
    : next((honest) => protocol.rewriteOffer(honest, { addExtensions: protocol.forgeries.tempting?.listed ?? [] }));

/** Until TLS stands, only the list, TLS itself and the end are asked for. */
const isTooMuch = ({ inside, unit }: Said, { connection }: Reading): boolean =>
  !inside &&
  unit.kind === 'command' &&
  protocols[connection.protocol].forgeries.tempting?.verbs.has(unit.verb) === true;

const commandsInClear = (read: readonly Reading[]): Evidence[] =>
  read.flatMap((each) =>
    each.said
      .filter((said) => isTooMuch(said, each))
      .slice(0, 1)
      .map((said) => ({
        leak: 'metadata',
        cause: 'metadata',
        connection: each.connection.id,
        entry: said.entry,
        quote: said.isKnown ? quote(said) : '…',
        why: `used an extension before TLS (${said.unit.kind === 'command' ? said.unit.verb : ''})`,
      })),
  );

export default defineScenario({
  id: 'extensions-offered-before-tls',
  family: 'metadata',
  title: 'Extensions are offered before TLS',
  attack: 'lists extensions before TLS that clients use early: a language, compression, namespaces',
  why: 'Before TLS a client should ask for the list and for STARTTLS only: anybody on the path can read and answer whatever else it says.',
  references: ['RFC 8314 §5.2', 'RFC 9051 §11.3'],
  cwe: ['CWE-319'],
  protocols: protocolsWhere(({ forgeries }) => forgeries.tempting !== undefined),
  modes: ['starttls'],
  extra: 'more',
  plaintext: 'refused',
  tamper: { greeting: listed, capabilities: listed },
  judge: ifListIsAsked(
    judgeBy((visit, read) => [...leaks(visit, read), ...mailboxInClear(read), ...commandsInClear(read)]),
    'before TLS',
  ),
  flaw: {
    name: 'uses extensions before TLS',
    client: {
      onCapabilities: async (toy, careful) => {
        await toy.ask((tag) => latin1(`${toy.protocol.forgeries.tempting?.says(tag) ?? ''}\r\n`));
        await careful();
      },
    },
  },
  covers: ['leak-extra-command', 'strip-utf8only'],
});
