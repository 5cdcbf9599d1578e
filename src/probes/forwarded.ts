import type { Socket } from 'node:net';
import { failed, forwardRequest, type Destination, type Exchange } from './forward-request.js';
import type { ForwardProxy } from './route.js';
import { afterSilence } from '../wire/silence.js';

/** Asks a proxy on this connection for the destination; what the destination says already is left unread. Throws a Fault, and closes. */
export const forwarded = async (
  socket: Socket,
  proxy: ForwardProxy,
  to: Destination,
  patience: number,
): Promise<void> => {
  const callOff = afterSilence(patience, () => socket.destroy(failed(proxy, 'does not answer in time')));
  try {
    let exchange: Exchange | undefined = forwardRequest(proxy, to);
    while (exchange !== undefined) {
      socket.write(exchange.say);
      exchange = exchange.then(await answer(socket, proxy, exchange.length));
    }
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    callOff();
  }
};

/** As many octets as the answer has; the rest goes back to the socket. */
const answer = (socket: Socket, proxy: ForwardProxy, length: Exchange['length']): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const settle = (then: () => void): void => {
      socket.off('readable', read).off('end', ended).off('close', ended).off('error', broken);
      then();
    };
    const read = (): void => {
      for (let bytes = socket.read() as Buffer | null; bytes !== null; bytes = socket.read() as Buffer | null)
        received = Buffer.concat([received, bytes]);
      const wanted = length(received);
      if (wanted !== undefined && received.length >= wanted) {
        settle(() => {
          if (received.length > wanted) socket.unshift(received.subarray(wanted));
          resolve(received.subarray(0, wanted));
        });
      } else if (received.length > LONGEST) broken(failed(proxy, 'sends data without end instead of an answer'));
    };
    const ended = (): void => {
      broken(failed(proxy, 'closes the connection without an answer'));
    };
    const broken = (error: Error): void => {
      settle(() => {
        reject(
          error.name === 'Fault' ? error : failed(proxy, `breaks the connection (${error.message})`, { cause: error }),
        );
      });
    };
    socket.on('readable', read).on('end', ended).on('close', ended).on('error', broken);
    read();
  });

const LONGEST = 16 * 1024;
