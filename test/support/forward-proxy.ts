import { connect } from 'node:net';
import { ForwardingRequest } from '../../src/proxy/forwarding-request.js';
import { Concurrency } from './counting-relay.js';
import { rawServer, type RawServer } from './raw-server.js';

/** A SOCKS 5 and HTTP proxy that connects to ports of loopback, and keeps what it was asked for. */
export interface ForwardProxyServer extends RawServer {
  readonly asked: readonly string[];
  readonly concurrency: Concurrency;
}

/** Starts one; `to` gives the port of loopback for a destination. */
export const forwardProxyServer = async (to: (host: string, port: number) => number): Promise<ForwardProxyServer> => {
  const asked: string[] = [];
  const concurrency = new Concurrency();
  const server = await rawServer((socket) => {
    const request = new ForwardingRequest();
    const read = (bytes: Buffer): void => {
      request.push(bytes);
      const step = request.next();
      if (step.is === 'say') socket.write(step.bytes);
      if (step.is === 'wrong') socket.end(step.bytes);
      if (step.is !== 'asked') return;
      const { destination, granted, refused } = step;
      socket.off('data', read);
      asked.push(`${destination.host}:${String(destination.port)}`);
      const far = connect({ port: to(destination.host, destination.port), host: '127.0.0.1', noDelay: true });
      far.once('connect', () => {
        socket.write(granted);
        socket.pipe(far).pipe(socket);
      });
      far.once('error', () => socket.end(refused('unreachable')));
      far.once('close', () => socket.destroy());
      socket.once('close', () => far.destroy());
    };
    socket.on('data', read);
  });
  concurrency.add(server.port);
  return {
    ...server,
    asked,
    concurrency,
    [Symbol.asyncDispose]: async () => {
      concurrency[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
};
