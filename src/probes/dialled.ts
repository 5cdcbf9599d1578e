import { connect, type Socket } from 'node:net';
import { Fault } from '../fault.js';
import { forwarded } from './forwarded.js';
import { endpointText, type Listener } from './listener.js';
import type { Route } from './route.js';
import { afterSilence } from '../wire/silence.js';

/**
 * A connection to a listener, within `patience` milliseconds, and as many more where a proxy has to make it. Throws the Fault
 * `UNREACHABLE` (its cause carries the system's code), `TIMED_OUT` or `PROXY_FAILED`.
 */
export const dialled = async (
  listener: Listener,
  patience: number,
  { proxy, source }: Pick<Route, 'proxy' | 'source'> = {},
): Promise<Socket> => {
  if (proxy === undefined) return connected(listener, patience, source);
  const near: Listener = { ...listener, host: proxy.host, address: proxy.host, port: proxy.port };
  const socket = await connected(near, patience, source).catch((error: unknown) => {
    if (!(error instanceof Fault)) throw error;
    throw new Fault('PROXY_FAILED', `the proxy ${error.message}`, { cause: error.cause });
  });
  await forwarded(socket, proxy, { host: listener.address.replace(/%.*$/, ''), port: listener.port }, patience);
  return socket;
};

const connected = (listener: Listener, patience: number, localAddress?: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({
      host: listener.address,
      port: listener.port,
      noDelay: true,
      allowHalfOpen: true,
      ...(localAddress !== undefined && { localAddress }),
    });
    const callOff = afterSilence(patience, () => {
      socket.destroy();
      reject(
        new Fault(
          'TIMED_OUT',
          `${where(listener)} did not accept a connection within ${seconds(patience)}; is a firewall in between?`,
        ),
      );
    });
    socket.once('connect', () => {
      callOff();
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      callOff();
      reject(
        new Fault(
          'UNREACHABLE',
          `${where(listener)} cannot be reached (${error.code ?? error.message}); ${adviceOn(error.code)}`,
          { cause: error },
        ),
      );
    });
  });

/** A listener as messages name it: host and port, and the address where it is another word. */
export const where = (listener: Listener): string => {
  const named = endpointText(listener.host, listener.port);
  return listener.host === listener.address ? named : `${named} (${listener.address})`;
};

/** Milliseconds as messages say them. */
export const seconds = (ms: number): string => `${String(Math.round(ms / 100) / 10)} s`;

const adviceOn = (code: string | undefined): string =>
  code === 'ECONNREFUSED'
    ? 'nothing listens there, or a firewall refuses'
    : code === 'ECONNRESET'
      ? 'the connection was accepted and reset at once: does the server let this address in, and does the service behind it run?'
      : 'is the address right, and is there a route to it?';
