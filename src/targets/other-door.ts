import { portOf, WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import type { RealServer } from '../proxy/server.js';
import { connectTo } from '../proxy/connection.js';
import { Fault } from '../fault.js';
import { realServer, type NamedServer, type RealServerOptions } from './real-server.js';
import type { Target } from './target.js';

/** The port where a server starts TLS in the other way by convention (143 and 993, 110 and 995, 587 or 25 and 465); undefined where none is known. */
export const usualOtherDoor = ({ portRole, ...server }: NamedServer): RealServer | undefined => {
  const own = portOf(portRole);
  if (server.port !== own.port || server.tls !== own.tls) return undefined;
  const others = WELL_KNOWN_PORTS.filter((each) => each.protocol === own.protocol && each.tls !== own.tls);
  const other = others.find(({ usual }) => usual) ?? others[0];
  return other && { ...server, port: other.port, tls: other.tls };
};

/** The other door of a server: the one that is named, or the usual one if somebody listens there. Throws as `realServer` does. */
export const otherDoorOf = async (
  server: NamedServer,
  named: Target | undefined,
  options: Pick<RealServerOptions, 'authorizedBy' | 'family'>,
): Promise<RealServer | undefined> => {
  if (named !== undefined) {
    const { portRole: _, ...door } = await realServer(named, {
      ...options,
      protocol: server.protocol,
      tls: server.tls === 'starttls' ? 'implicit' : 'starttls',
    });
    return door;
  }
  const usual = usualOtherDoor(server);
  if (usual === undefined) return undefined;
  try {
    (await connectTo(usual, PATIENCE)).destroy();
    return usual;
  } catch (error) {
    if (error instanceof Fault && error.code !== 'HARNESS_BUG') return undefined;
    throw error;
  }
};

/** Milliseconds. */
const PATIENCE = 2000;
