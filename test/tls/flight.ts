import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';

import { ServerFlightReader } from '../../src/tls/server-flight.js';
import type { ServerAnswer } from '../../src/tls/server-answer.js';

/** Sends a raw hello to a loopback port and reads the answer, up to 5 s. */
export const answerTo = (hello: Buffer, port: number): Promise<ServerAnswer> =>
  new Promise((resolve, reject) => {
    const reader = new ServerFlightReader();
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(hello));
    const settle = (answer: ServerAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer within 5 s')));
    socket.on('data', (chunk) => {
      const answer = reader.push(chunk);
      if (answer !== 'incomplete') settle(answer);
    });
    socket.on('end', () => settle(reader.end()));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') settle(reader.end());
      else reject(error);
    });
  });

/** A Node TLS server on a free loopback port. */
export const tlsServer = async (options: TlsOptions): Promise<AsyncDisposable & { readonly port: number }> => {
  const server = createServer(options, (socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end(),
  );
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
};
