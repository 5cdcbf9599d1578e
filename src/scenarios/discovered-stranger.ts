import type { Discovery } from '../endpoints/discovery/discovery.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { looksCarefully, type LookedUp } from '../verdict/discovery.js';
import { defineScenario, type Variant } from './scenario.js';

type Row = Variant & {
  readonly name:
    'srv' | 'file-over-http' | 'file-redirected' | 'file-bad-certificate' | 'exchange-login' | 'exchange-redirected';
};

/** What is said, and how it is delivered. */
const DISCOVERY: Readonly<Record<Row['name'], Discovery>> = {
  srv: { dns: 'stranger', file: 'nothing', exchange: 'nothing' },
  'file-over-http': { dns: 'nothing', file: 'stranger', exchange: 'nothing', web: 'http-only' },
  'file-redirected': { dns: 'nothing', file: 'stranger', exchange: 'nothing', web: 'redirected' },
  'file-bad-certificate': { dns: 'nothing', file: 'stranger', exchange: 'nothing', web: 'bad-certificate' },
  'exchange-login': { dns: 'nothing', file: 'nothing', exchange: 'stranger', web: 'http-only', asksLogin: true },
  'exchange-redirected': { dns: 'nothing', file: 'nothing', exchange: 'stranger', web: 'redirected', asksLogin: true },
};

const sourceOf = (name: Row['name']): LookedUp => {
  if (name === 'srv') return 'dns';
  return name.startsWith('file') ? 'file' : 'exchange';
};

export default defineScenario<Row>({
  id: 'discovered-stranger',
  family: 'referral',
  title: 'DNS, or a configuration file of unknown origin, names a server of another domain',
  attack:
    'names a server of another domain, which has a valid certificate for its own name: in an SRV record, or in a configuration file that comes over HTTP, through a redirect over HTTP, or from a web server with a self-signed certificate; in some variants the web server asks for a login',
  why: 'The attacker’s server has a valid certificate for its own name. A client that takes the server’s name from unsigned DNS or from an unverified web server, without asking its user, verifies the wrong name: it sends the password to the attacker inside TLS.',
  // Also NDSS 2025, paper 532.
  references: ['RFC 6186 §6', 'RFC 8314 §5.1'],
  cwe: ['CWE-345', 'CWE-350', 'CWE-522'],
  protocols: protocolsWhere(
    ({ modes, ports }) => modes.length > 1 && ports.every(({ usual, common }) => !usual || common),
  ),
  modes: ['starttls', 'implicit'],
  seats: ['server'],
  needs: ['names', 'well-known-ports'],
  variants: [
    { name: 'srv', does: 'an SRV record names the other domain’s server', covers: ['disc-srv-insecure'] },
    {
      name: 'file-over-http',
      does: 'the configuration file comes over HTTP',
      extra: 'more',
      covers: ['disc-autoconfig-http', 'autoconf-http', 'disc-autoconfig-other-domain', 'disc-metadata'],
    },
    {
      name: 'file-redirected',
      does: 'the configuration file comes over HTTPS, after a redirect through HTTP',
      extra: 'more',
      covers: ['disc-autoconfig-redirect'],
    },
    {
      name: 'file-bad-certificate',
      does: 'the configuration file comes over HTTPS, from a web server with a self-signed certificate',
      extra: 'more',
      covers: ['disc-autoconfig-https-fault'],
    },
    {
      name: 'exchange-login',
      does: 'Exchange’s autodiscover asks for a login over HTTP before it answers',
      extra: 'more',
      covers: ['disc-autodiscover-basic'],
    },
    {
      name: 'exchange-redirected',
      does: 'Exchange’s autodiscover is redirected through HTTP',
      extra: 'more',
      covers: ['disc-autodiscover-basic'],
    },
  ],
  attacker: 'verified',
  discovery: ({ name }) => DISCOVERY[name],
  tamper: {},
  judge: (visit, { name }) => looksCarefully(sourceOf(name))(visit),
  flaw: ({ name }) => ({
    name: 'uses the server that unverified data name',
    client: { believesDiscovery: true },
    habits: { discovers: sourceOf(name) },
  }),
  covers: [],
});
