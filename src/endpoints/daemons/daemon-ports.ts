import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { Fault } from '../../fault.js';
import { portOf } from '../../protocols/port-roles.js';
import type { PortRole } from '../../protocols/protocol.js';
import { type DaemonListener, type DaemonOptions } from './running-daemon.js';

/**
 * Starts a daemon on ports that were free a moment ago. A daemon cannot say which port it got, and somebody else may take one
 * meanwhile: with free ports it is tried again. A well-known port that cannot be had is `CANNOT_BIND`.
 */
export const onPorts = async <Daemon>(
  options: Pick<DaemonOptions, 'address' | 'ports'>,
  roles: readonly PortRole[],
  start: (listeners: DaemonListener[]) => Promise<Daemon>,
): Promise<Daemon> => {
  const isFree = options.ports !== 'well-known';
  for (let attempt = 1; ; attempt += 1) {
    const listeners = await bindable(
      options.address,
      roles.map((portRole) => ({ portRole, port: isFree ? 0 : portOf(portRole).port })),
    );
    try {
      return await start(listeners);
    } catch (error) {
      if (!isFree || attempt === 3 || !(error instanceof Fault) || error.code !== 'CANNOT_START') throw error;
    }
  }
};

// All are held at once, so that no port is given out twice.
const bindable = async (
  address: string,
  wanted: readonly { readonly portRole: PortRole; readonly port: number }[],
): Promise<DaemonListener[]> => {
  const servers = wanted.map(() => createServer());
  try {
    return await Promise.all(
      wanted.map(async ({ portRole, port }, index): Promise<DaemonListener> => {
        const server = servers[index] ?? createServer();
        server.listen(port, address);
        await once(server, 'listening');
        return { portRole, address, port: (server.address() as AddressInfo).port };
      }),
    );
  } catch (error) {
    throw new Fault(
      'CANNOT_BIND',
      `the daemon's ports are not available: ${error instanceof Error ? error.message : String(error)}; stop what listens there, use another loopback address, or free ports`,
      { cause: error },
    );
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
};
