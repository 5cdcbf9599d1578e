import { isIP } from 'node:net';
import { Fault } from '../fault.js';
import { portRoleOf } from '../clients/driver.js';
import { portOf, WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import type { PortRole, ProtocolName, TlsMode } from '../protocols/protocol.js';
import type { RealServer } from '../proxy/server.js';
import { addressesOf, isLoopbackOrPrivate } from './address.js';
import type { Target } from './target.js';

/** How the client is configured, and who permits what a user is about to do to somebody's server. */
export interface RealServerOptions {
  readonly protocol?: ProtocolName;
  readonly tls?: TlsMode;
  readonly family?: 4 | 6;
  /** Who permits it, in words; needed for a server that is neither here nor private. */
  readonly authorizedBy?: string;
}

/** A real server with the role of its port. */
export interface NamedServer extends RealServer {
  readonly address: string;
  readonly portRole: PortRole;
}

/**
 * The real server that a target names, for what needs nobody's permission. Throws `BAD_USAGE` where protocol or TLS mode stay
 * unknown or contradict each other; `UNREACHABLE` where a name has no address.
 */
export const namedServer = async (
  target: Target,
  options: Omit<RealServerOptions, 'authorizedBy'> = {},
): Promise<NamedServer> => {
  const { server } = await found(target, options);
  return server;
};

/** The real server that a target names; throws as `namedServer` does, and where a server of the public network is named without `authorizedBy`. */
export const realServer = async (target: Target, options: RealServerOptions = {}): Promise<NamedServer> => {
  const { server, addresses } = await found(target, options);
  requirePermission(target.host, addresses, options.authorizedBy);
  return server;
};

/** The addresses of somebody's server. Throws `BAD_USAGE` for one of the public network without `authorizedBy`, `UNREACHABLE` where there are none. */
export const permittedAddresses = async (
  host: string,
  { family, authorizedBy }: Pick<RealServerOptions, 'family' | 'authorizedBy'>,
): Promise<readonly string[]> => {
  const addresses = await addressesOf(host, family);
  requirePermission(host, addresses, authorizedBy);
  return addresses;
};

const requirePermission = (host: string, addresses: readonly string[], authorizedBy = ''): void => {
  const stranger = addresses.find((each) => !isLoopbackOrPrivate(each));
  if (stranger === undefined || authorizedBy.trim() !== '') return;
  const name = isIP(host) === 0 ? `${host} (${stranger})` : host;
  throw new Fault(
    'BAD_USAGE',
    `${name} is neither this machine nor a private address: a test of somebody’s server needs permission; say who gave it with --authorized-by "text" (kept in the report)`,
  );
};

const found = async (
  target: Target,
  options: RealServerOptions,
): Promise<{ readonly server: NamedServer; readonly addresses: readonly string[] }> => {
  const { portRole, port, protocol, tls } = placeOf(target, options);
  const addresses = await addressesOf(target.host, options.family);
  const [address] = addresses;
  if (address === undefined) throw new Fault('UNREACHABLE', `${target.host} has no address; is the name right?`);
  return { server: { host: target.host, address, port, protocol, tls, portRole }, addresses };
};

const placeOf = (
  { text, port, role }: Target,
  { protocol, tls }: RealServerOptions,
): Pick<NamedServer, 'portRole' | 'port' | 'protocol' | 'tls'> => {
  const named = WELL_KNOWN_PORTS.find((each) => (role === undefined ? each.port === port : each.role === role));
  if (role !== undefined && named !== undefined) {
    if (protocol !== undefined && protocol !== named.protocol)
      throw new Fault(
        'BAD_USAGE',
        `${JSON.stringify(text)} is ${named.protocol}, but --protocol ${protocol} was given; drop one of them`,
      );
    if (tls !== undefined && tls !== named.tls)
      throw new Fault(
        'BAD_USAGE',
        `${JSON.stringify(text)} means ${modeWord(named.tls)}, but --tls ${tls} was given; change the scheme or drop --tls`,
      );
    return { portRole: role, port: port ?? named.port, protocol: named.protocol, tls: named.tls };
  }
  const [spoken, mode] = [protocol ?? named?.protocol, tls ?? named?.tls];
  if (spoken === undefined)
    throw new Fault(
      'BAD_USAGE',
      `which protocol does ${text} speak? Use a scheme, such as imap://${text}, or --protocol and --tls`,
    );
  if (mode === undefined)
    throw new Fault(
      'BAD_USAGE',
      `how does TLS start on ${text}? Use a scheme, such as imap:// or imaps://, or --tls starttls or --tls implicit`,
    );
  const portRole = named?.protocol === spoken && named.tls === mode ? named.role : portRoleOf(spoken, mode);
  return { portRole, port: port ?? portOf(portRole).port, protocol: spoken, tls: mode };
};

const modeWord = (tls: TlsMode): string => (tls === 'starttls' ? 'STARTTLS' : 'implicit TLS');
