import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A listener whose connections are played by a function; for peers that no grammar describes. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  readonly connections: () => number;
}

/** Starts a raw server on a free port of 127.0.0.1, or of another address. */
export const rawServer = async (play: (socket: Socket) => void, host = '127.0.0.1'): Promise<RawServer> => {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    play(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Plays a line-by-line server: a greeting, then an answer for each command whose beginning matches; others are refused. */
export const scripted =
  (
    greeting: readonly string[],
    answers: Readonly<Record<string, string | undefined>>,
    refusal: (line: string) => string,
  ) =>
  (socket: Socket): void => {
    let pending = '';
    for (const piece of greeting) socket.write(piece, 'latin1');
    socket.on('data', (bytes: Buffer) => {
      pending += bytes.toString('latin1');
      for (let end = pending.indexOf('\n'); end !== -1; end = pending.indexOf('\n')) {
        const line = pending.slice(0, end).trimEnd();
        pending = pending.slice(end + 1);
        const [tag = '', verb = ''] = line.split(' ');
        const answer = answers[line] ?? answers[tag.toUpperCase()] ?? answers[verb.toUpperCase()];
        socket.write((answer ?? refusal(line)).replaceAll('TAG', tag), 'latin1');
      }
    });
  };
