import { hangUp, type TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { looksCarefully, type LookedUp } from '../verdict/discovery.js';
import { stripped } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & { readonly name: 'srv' | 'file' | 'exchange' | 'conflict' };

const SOURCE: Readonly<Record<Row['name'], LookedUp>> = {
  srv: 'dns',
  file: 'file',
  exchange: 'exchange',
  conflict: 'file',
};

/** The port for implicit TLS is dead, unless only one of two sources speaks of plaintext. */
const accept: TamperRule<Row> = ({ mode, variant }, next) =>
  mode === 'implicit' && variant.name !== 'conflict' ? [hangUp] : next();

export default defineScenario<Row>({
  id: 'discovered-plaintext',
  family: 'fallback',
  title: 'DNS or a configuration file says that the server has no TLS',
  attack:
    'says in an SRV record, in Mozilla’s autoconfig or in Exchange’s autodiscover that the mail server has a port without TLS only; offers no TLS there',
  why: 'What a client finds out about its server may have been written by anybody on the path: DNS is seldom signed, and an attacker can suppress the record of the port with TLS. A client that configures plaintext without a question gives its password away.',
  // Also NDSS 2025, paper 532.
  references: ['RFC 6186 §3.4', 'RFC 8314 §5.1'],
  cwe: ['CWE-757', 'CWE-319'],
  protocols: protocolsWhere(
    ({ modes, ports }) => modes.length > 1 && ports.every(({ usual, common }) => !usual || common),
  ),
  modes: ['starttls', 'implicit'],
  seats: ['server'],
  needs: ['names', 'well-known-ports'],
  variants: [
    // With STARTTLS the record is the right one: what follows is `starttls-not-offered`.
    {
      name: 'srv',
      does: 'the SRV records have a port without TLS only',
      modes: ['implicit'],
      covers: ['disc-srv-insecure'],
    },
    {
      name: 'file',
      does: 'Mozilla’s autoconfig names a port without TLS',
      extra: 'more',
      covers: ['disc-autoconfig-plain'],
    },
    { name: 'exchange', does: 'Exchange’s autodiscover names a port without TLS', extra: 'more' },
    {
      name: 'conflict',
      does: 'the SRV records are right, and Mozilla’s autoconfig names a port without TLS',
      modes: ['implicit'],
      extra: 'more',
      covers: ['disc-autoconfig-conflict'],
    },
  ],
  attacker: 'verified',
  discovery: ({ name }) => ({
    dns: name === 'srv' ? 'plaintext' : name === 'conflict' ? 'right' : 'nothing',
    file: name === 'file' || name === 'conflict' ? 'plaintext' : 'nothing',
    exchange: name === 'exchange' ? 'plaintext' : 'nothing',
  }),
  tamper: { accept, ...stripped },
  others: { tamper: stripped, plaintext: 'served' },
  judge: (visit, { name }) => looksCarefully(SOURCE[name])(visit),
  flaw: ({ name }) => ({
    name: 'uses plaintext where it is told to',
    client: { believesDiscovery: true },
    habits: { discovers: SOURCE[name] },
  }),
  covers: [],
});
