import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { Fault } from '../fault.js';

/** Proves that this machine can listen on an address of its own and connect to it; throws `UNREACHABLE` in one line where not. */
export const requireReachable = async (address: string): Promise<void> => {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(0, address);
    await once(server, 'listening', { signal: AbortSignal.timeout(PATIENCE) });
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const socket = connect(port, address);
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE) });
    } finally {
      socket.destroy();
    }
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const what = address.includes(':') ? 'has it no IPv6? drop -6' : 'is the loopback interface up?';
    throw new Fault('UNREACHABLE', `this machine cannot connect to itself on ${address} (${why}); ${what}`, {
      cause: error,
    });
  } finally {
    server.close();
  }
};

/** Milliseconds. */
const PATIENCE = 5000;
