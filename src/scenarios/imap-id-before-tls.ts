import { protocolsWhere } from '../protocols/port-roles.js';
import type { TamperRule } from '../endpoints/tamper.js';
import { identities, leaks } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import type { Visit } from '../verdict/visit.js';
import { defineScenario } from './scenario.js';

/** ID is listed, as on most servers. */
const listed: TamperRule = ({ protocol, inside }, next) =>
  inside ? next() : next((honest) => protocol.rewriteOffer(honest, { addExtensions: ['ID'] }));

/** The bait is the honest server's own list. */
const heardId = (_visit: Visit, read: readonly Reading[]): string | undefined =>
  read.some((each) => each.said.some((said) => said.sawOffer || said.inside))
    ? undefined
    : 'the client never heard a list that offers ID';

export default defineScenario({
  id: 'imap-id-before-tls',
  family: 'metadata',
  title: 'ID is offered before TLS',
  attack: 'lists ID in greeting and capability list before TLS',
  why: 'Nobody on the path should learn a client’s name, version and system. Before TLS it should ask for the capabilities and for STARTTLS only.',
  references: ['RFC 8314 §5.2', 'RFC 2971 §7'],
  cwe: ['CWE-200', 'CWE-319'],
  protocols: protocolsWhere(({ say }) => say.identify !== undefined),
  modes: ['starttls'],
  plaintext: 'refused',
  tamper: { greeting: listed, capabilities: listed },
  judge: judgeBy((visit, read) => [...leaks(visit, read), ...identities(read)], { bait: heardId }),
  flaw: {
    name: 'says ID before STARTTLS',
    client: {
      onCapabilities: async (toy, careful) => {
        await toy.sayWhoItIs();
        await careful();
      },
    },
  },
  covers: ['leak-imap-id'],
});
