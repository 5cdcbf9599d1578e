import type { Socket } from 'node:net';
import { Fault } from '../fault.js';
import { portOf } from '../protocols/port-roles.js';
import { connectTo } from '../proxy/connection.js';
import type { Destination } from '../proxy/forwarding-request.js';
import type { RealServer } from '../proxy/server.js';
import { isLoopback } from '../targets/address.js';
import { usualOtherDoor } from '../targets/other-door.js';
import { permittedAddresses } from '../targets/real-server.js';
import { createAuthority } from '../tls/certificate-authority.js';
import { hostPort } from '../wire/host-port.js';
import type { EndpointWatch } from './endpoint-watch.js';
import type { Spoken } from './first-words.js';
import { Gateway, type Taker } from './gateway.js';
import { listening } from './listening.js';
import type { InterceptionOptions, RunningProxy } from './proxy.js';
import { casesBefore, requireAttacks, type ChosenAttacks } from './proxy-cases.js';
import { IDLE, namesOf, ProxySession } from './proxy-session.js';

/** A destination that is really connected to instead of the one that clients name; what is absent stays, or fits any. */
export interface Redirection {
  readonly from: Partial<Destination>;
  readonly to: Partial<Destination>;
}

/** Scenarios between clients and whatever servers they ask a forwarding proxy for. */
export interface AnyServerOptions extends InterceptionOptions {
  readonly attacks: ChosenAttacks;
  /** Who permits it; required for servers that are neither on this machine nor in a private network. */
  readonly authorizedBy?: string;
  /** The first that fits counts. */
  readonly redirections?: readonly Redirection[];
  /** Listens on the path of a socket instead of a port. */
  readonly path?: string;
  /** Milliseconds to wait for servers, and for a client to say where it wants to go. */
  readonly patience?: InterceptionOptions['patience'] & { readonly ask?: number };
  /** Something was passed on untouched, was not connected to, or turned away; told once. */
  readonly onNote?: (text: string) => void;
}

/**
 * Starts a forwarding proxy (SOCKS 5, HTTP CONNECT) that attacks what carries mail, and passes on everything else. Throws `BAD_USAGE`
 * for attacks that do not exist, or an address that is not loopback without `allowClients`; `CANNOT_BIND` where it cannot listen.
 */
export const startAnyServer = async (options: AnyServerOptions): Promise<RunningProxy> => {
  requireAttacks(options.attacks.names, options.attacks.others);
  const { listen } = options;
  const where = listening(listen?.host, options.allowClients ?? []);
  // Which servers clients will name is not known; the key of this CA ends with the process.
  const session = new ProxySession(options, where, await createAuthority({ alsoFor: 'any' }));
  const servers = new AnyServers(session, options);
  const gateway = await Gateway.open({
    addresses: where.addresses,
    listen: options.path ?? listen?.port ?? 0,
    allows: (address) => options.path !== undefined || session.allows(address),
    known: (destination) => servers.known(destination),
    reach: (destination) => {
      if (destination.port === gateway.port && (destination.host === 'localhost' || isLoopback(destination.host)))
        throw new Fault('BAD_USAGE', 'that is the proxy itself');
      return servers.reach(destination);
    },
    server: (destination, spoken, address) => servers.server(destination, spoken, address),
    note: (text) => {
      servers.note(text);
    },
    onBug: (error) => {
      session.failed(error);
    },
    idle: options.idle ?? IDLE,
    ...(options.patience?.ask !== undefined && { patience: options.patience.ask }),
  });
  return session.running({
    host: gateway.host,
    port: gateway.port,
    watches: () => servers.open,
    drain: async (timeout) => {
      await gateway.stop();
      await Promise.all(servers.open.map((watch) => watch.conclude(timeout)));
    },
    stop: async () => {
      await gateway.stop();
      await Promise.all(servers.open.map((watch) => watch.stop()));
    },
  });
};

type Mail = Extract<Spoken, { is: 'mail' }>;

/** The servers that clients have asked for until now. */
class AnyServers {
  readonly open: EndpointWatch[] = [];
  readonly #session: ProxySession;
  readonly #options: AnyServerOptions;
  readonly #watches = new Map<string, Promise<EndpointWatch>>();
  /** Destinations of which the port, or the server itself, says what is spoken there. */
  readonly #known = new Map<string, Taker>();

  constructor(session: ProxySession, options: AnyServerOptions) {
    this.#session = session;
    this.#options = options;
  }

  known({ host, port }: Destination): Taker | undefined {
    return this.#known.get(hostPort(host, port));
  }

  note(text: string): void {
    if (this.#session.note(text)) this.#options.onNote?.(text);
  }

  /** Connects to the first of its addresses that answers. */
  async reach(destination: Destination): Promise<Socket> {
    const { host, port } = this.#redirected(destination);
    const patience = this.#options.patience?.connect ?? PATIENCE;
    let failed: unknown;
    for (const address of await permittedAddresses(host, this.#options))
      try {
        return await connectTo({ host, address, port }, patience);
      } catch (error) {
        failed ??= error;
      }
    throw failed;
  }

  async server(destination: Destination, spoken: Mail, address: string): Promise<Taker | undefined> {
    const target = hostPort(destination.host, destination.port);
    const key = `${target} ${spoken.protocol} ${spoken.tls}`;
    const isNew = !this.#watches.has(key);
    if (isNew && this.#watches.size >= MOST_SERVERS) {
      this.note(`${target} is passed on untouched: ${String(MOST_SERVERS)} servers are watched already`);
      return undefined;
    }
    const opening = this.#watches.get(key) ?? this.#watch(destination, spoken, address);
    this.#watches.set(key, opening);
    const watch = await opening;
    const taker: Taker = (client) => {
      watch.admit(client);
    };
    // A server greets every client; a client that starts TLS at once may have mistaken the port.
    if (spoken.tls === 'starttls' || isUsual(destination, spoken)) this.#known.set(target, taker);
    return taker;
  }

  async #watch(destination: Destination, spoken: Mail, address: string): Promise<EndpointWatch> {
    const { host, port: named } = destination;
    const { protocol, tls, portRole } = spoken;
    const server: RealServer = { host, address, port: this.#redirected(destination).port, protocol, tls };
    const otherDoor = await this.#otherDoor({ ...server, address, port: named, portRole });
    const watch = await this.#session.watch({
      server,
      ...casesBefore({ protocol, tls, portRole }, this.#options.attacks),
      names: namesOf([host]),
      namesAskedFor: true,
      port: 'handed-in',
      target: hostPort(host, named),
      ...(otherDoor && { otherDoor }),
    });
    this.open.push(watch);
    return watch;
  }

  /** Where the same host starts TLS in the other way, by the usual ports, if somebody listens there. */
  async #otherDoor(server: Parameters<typeof usualOtherDoor>[0]): Promise<RealServer | undefined> {
    const usual = usualOtherDoor(server);
    if (usual === undefined) return undefined;
    try {
      const socket = await this.reach({ host: server.host, port: usual.port });
      const { remoteAddress: address = server.address, remotePort: port = usual.port } = socket;
      socket.destroy();
      return { ...usual, address, port };
    } catch (error) {
      if (error instanceof Fault && error.code !== 'HARNESS_BUG') return undefined;
      throw error;
    }
  }

  #redirected({ host, port }: Destination): Destination {
    const found = this.#options.redirections?.find(
      ({ from }) => (from.host ?? host) === host && (from.port ?? port) === port,
    );
    return { host: found?.to.host ?? host, port: found?.to.port ?? port };
  }
}

const isUsual = ({ port }: Destination, { tls, portRole }: Mail): boolean => {
  const usual = portOf(portRole);
  return usual.tls === tls && (usual.port === port || usual.alternatives?.includes(port) === true);
};

/** Servers that are watched at once. */
const MOST_SERVERS = 100;
/** Milliseconds to be connected. */
const PATIENCE = 10_000;
