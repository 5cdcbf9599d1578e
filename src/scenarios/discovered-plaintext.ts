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
    'names only a port without TLS, in an SRV record, in Mozilla’s autoconfig or in Exchange’s autodiscover; offers no TLS on that port',
  why: 'DNS is seldom signed, so an attacker on the path can write what a client finds out about its server, and can suppress the record of the port with TLS. A client that configures plaintext without asking its user sends the password in clear.',
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
      does: 'the SRV records name only a port without TLS',
      modes: ['implicit'],
      covers: ['disc-srv-insecure', 'srv-imaps-absent'],
    },
    {
      name: 'file',
      does: 'Mozilla’s autoconfig names a port without TLS',
      extra: 'more',
      covers: ['disc-autoconfig-plain', 'autoconf-plain'],
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
    name: 'uses plaintext because DNS or a configuration file says so',
    client: { believesDiscovery: true },
    habits: { discovers: SOURCE[name] },
  }),
  covers: [],
});
