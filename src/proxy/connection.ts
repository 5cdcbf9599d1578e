import { connect, type Socket } from 'node:net';
import { Fault } from '../fault.js';
import { addressOf, type RealServer } from './server.js';
import { afterSilence } from '../wire/silence.js';

/** Connects to a real server; throws `UNREACHABLE`, or `TIMED_OUT` after `timeout` ms. */
export const connectTo = (server: Pick<RealServer, 'host' | 'address' | 'port'>, timeout: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({
      host: server.address ?? server.host,
      port: server.port,
      noDelay: true,
      allowHalfOpen: true,
    });
    const callOff = afterSilence(timeout, () => {
      socket.destroy();
      reject(
        new Fault(
          'TIMED_OUT',
          `${addressOf(server)} did not accept a connection within ${inSeconds(timeout)}; is the server up, and its port open?`,
        ),
      );
    });
    socket.once('connect', () => {
      callOff();
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      callOff();
      reject(
        new Fault(
          'UNREACHABLE',
          `no connection to the real server ${addressOf(server)} (${error.code ?? error.message}); is it running, and the target right?`,
          { cause: error },
        ),
      );
    });
  });

/** `0.5 s`, `30 s`. */
export const inSeconds = (ms: number): string => `${String(Math.round(ms / 100) / 10)} s`;
