import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What went through a relay. */
export interface Traffic {
  connections: number;
  /** Both directions. */
  bytes: number;
}

/** A TCP relay on one port. */
export interface Relay extends AsyncDisposable {
  readonly traffic: Traffic;
}

/**
 * Relays connections as a path with this round trip would (ms): the first byte of the client, and the greeting of the server, wait
 * for the three segments of TCP's handshake, everything else for half a round trip.
 */
export const openRelay = async (
  at: { readonly host: string; readonly port: number },
  to: { readonly host: string; readonly port: number },
  roundTrip: number,
): Promise<Relay> => {
  const traffic: Traffic = { connections: 0, bytes: 0 };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    traffic.connections += 1;
    const upstream = later(1.5 * roundTrip, () => connect({ ...to, noDelay: true, allowHalfOpen: true }));
    void upstream.then((socket) => {
      pass(client, socket, roundTrip / 2, traffic, sockets);
      pass(socket, client, roundTrip / 2, traffic, sockets);
    });
  });
  server.listen(at.port, at.host);
  await once(server, 'listening');
  return {
    traffic,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const pass = (from: Socket, to: Socket, delay: number, traffic: Traffic, sockets: Set<Socket>): void => {
  sockets.add(from);
  from.on('data', (chunk) => {
    traffic.bytes += chunk.length;
    void later(delay, () => to.write(chunk));
  });
  from.on('end', () => void later(delay, () => to.end()));
  from.on('error', () => void later(delay, () => to.destroy()));
  from.on('close', () => {
    sockets.delete(from);
    void later(delay, () => to.destroy());
  });
};

const later = <T>(delay: number, action: () => T): Promise<T> =>
  delay === 0
    ? Promise.resolve(action())
    : new Promise((resolve) => {
        setTimeout(() => {
          resolve(action());
        }, delay);
      });
