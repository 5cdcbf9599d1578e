import { readFileSync, statSync } from 'node:fs';
import { Fault } from '../fault.js';
import { WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import type { RealServer } from '../proxy/server.js';
import { addressesOf, isLoopbackOrPrivate } from '../run/audit/address.js';
import { parseTarget } from '../run/audit/target.js';
import type { Through } from '../run/middle-seat.js';
import type { SetUp } from '../run/plan.js';
import { readText, reason } from './files.js';
import type { CommonOptions } from './options.js';

/** A real server that waxseal stands before, with the set-up that its port stands for. */
export interface Upstream {
  readonly through: Through;
  readonly setUp: SetUp;
}

type UpstreamOptions = Pick<CommonOptions, 'authorizedBy' | 'account' | 'protocol' | 'tls' | 'ca'>;

/** The server behind waxseal; one that is neither here nor private needs `--authorized-by`. */
export const upstreamOf = async (text: string, options: UpstreamOptions): Promise<Upstream> => {
  const setUp = listenerOf(text, options);
  const { host } = parseTarget(text);
  const [address] = await addressesOf(host);
  if (address === undefined) throw new Fault('UNREACHABLE', `${host} cannot be resolved`);
  if (!isLoopbackOrPrivate(address) && (options.authorizedBy ?? '').trim() === '') {
    throw new Fault('BAD_USAGE', `${host} (${address}) is neither on this machine nor in a private network: say who permits it with --authorized-by "text", which the report will show`);
  }
  const server: RealServer = { host, address, ...setUp };
  const account = accountOf(options.account);
  return {
    setUp: { protocol: setUp.protocol, tls: setUp.tls },
    through: { server, ...(options.ca.length > 0 && { ca: options.ca.map((path) => readText(path, 'the authority')).join('\n') }), ...(account && { account }) },
  };
};

/** Which listener the target means: a scheme says it, a well-known port says it, else the client's own set-up does. */
const listenerOf = (text: string, { protocol, tls }: UpstreamOptions): Pick<RealServer, 'port' | 'protocol' | 'tls'> => {
  const { port, role } = parseTarget(text);
  const known = WELL_KNOWN_PORTS.find((each) => (role === undefined ? each.port === port : each.role === role));
  if (known !== undefined) return { port: port ?? known.port, protocol: known.protocol, tls: known.tls };
  if (protocol !== undefined && tls !== undefined) {
    const usual = WELL_KNOWN_PORTS.findLast((each) => each.protocol === protocol && each.tls === tls);
    const at = port ?? usual?.port;
    if (at !== undefined) return { port: at, protocol, tls };
  }
  throw new Fault('BAD_USAGE', `one listener was expected, ${JSON.stringify(text)} could be several: give a scheme, as in imap://${text}, or --protocol and --tls`);
};

/** A real account: two lines of a file that only its owner reads, or two variables; never an option's value, which everybody can see. */
const accountOf = (path: string | undefined): Through['account'] => {
  if (path === undefined) {
    const user = process.env['WAXSEAL_ACCOUNT_USER'];
    const password = process.env['WAXSEAL_ACCOUNT_PASSWORD'];
    if ((user === undefined) !== (password === undefined)) throw new Fault('BAD_USAGE', 'a real account needs both WAXSEAL_ACCOUNT_USER and WAXSEAL_ACCOUNT_PASSWORD; one is missing');
    return user === undefined || password === undefined ? undefined : { user, password };
  }
  let text: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0) throw new Fault('BAD_USAGE', `the account ${JSON.stringify(path)} can be read by others; chmod 600 it`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw error instanceof Fault ? error : new Fault('BAD_USAGE', `the account ${JSON.stringify(path)} cannot be read: ${reason(error)}`);
  }
  const [user, password, ...more] = text.split(/\r?\n/);
  if (user === undefined || user === '' || password === undefined || password === '' || more.some((line) => line !== '')) {
    throw new Fault('BAD_USAGE', `the account ${JSON.stringify(path)} was expected to hold two lines, the user name and the password; it has another shape`);
  }
  return { user, password };
};
