import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { Fault } from '../fault.js';
import type { Control } from './control.js';
import { answerLines } from './lines.js';

/** Commands over a Unix socket, lines as on standard input; what a connection started ends with it. Throws `CANNOT_BIND`. */
export const startControlSocket = async (path: string, control: Control): Promise<AsyncDisposable> => {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    void answerLines({ input: socket, write: (line) => void socket.write(`${line}\n`) }, control.caller()).finally(() =>
      socket.end(),
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new Fault(
          'CANNOT_BIND',
          error.code === 'EADDRINUSE'
            ? `cannot take commands on ${JSON.stringify(path)}: something is there already; remove it if no other waxseal uses it`
            : `cannot take commands on ${JSON.stringify(path)} (${error.code ?? error.message}); choose another path`,
          { cause: error },
        ),
      );
    });
    server.listen(path, () => {
      // Anyone who may connect here may start servers.
      chmodSync(path, 0o600);
      resolve();
    });
  });
  return {
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of open) socket.destroy();
      }),
  };
};

const MOST_CONNECTIONS = 100;
