import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';
import { isInMemory } from './memory-network.js';
import type { Random } from './random.js';

/** How a peer leaves. */
export const ENDINGS = ['fin', 'reset', 'silence', 'garbage'] as const;
export type Ending = (typeof ENDINGS)[number];

/** Ends a connection; a silent peer stays until the other side loses patience, or for `patience` ms. */
export const leave = async (socket: Socket, ending: Ending, random: Random, patience: number): Promise<void> => {
  if (socket.destroyed) return;
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
  if (ending === 'reset') socket.resetAndDestroy();
  else if (ending === 'garbage') socket.end(random.bytes(200));
  else if (ending === 'fin') socket.end();
  await Promise.race([closed, pause(patience)]);
  socket.destroy();
};

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Connects to loopback and says the pieces, without caring for answers; gives the port that it came from; 0 if nobody may ever have accepted it. */
export const speak = async (
  port: number,
  pieces: readonly Buffer[],
  ending: Ending,
  random: Random,
  patience: number,
  localAddress = '127.0.0.1',
): Promise<number> => {
  const socket = connect({ host: '127.0.0.1', localAddress, port, noDelay: true });
  socket.on('error', () => undefined).resume();
  let localPort = 0;
  socket.once('connect', () => (localPort = socket.localPort ?? 0));
  await Promise.race([once(socket, 'connect').catch(() => undefined), once(socket, 'close')]);
  for (const piece of pieces) {
    if (socket.destroyed) break;
    socket.write(piece);
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await leave(socket, ending, random, patience);
  // In memory, who connected was accepted.
  return ending === 'reset' && !isInMemory() ? 0 : localPort;
};

/**
 * Connects to loopback, says what comes before TLS, each piece after something was heard, and then the other pieces inside of it. Gives the
 * port that it came from; 0 if nobody may ever have accepted it.
 */
export const speakInside = async (
  port: number,
  before: readonly Buffer[],
  pieces: readonly Buffer[],
  ending: Ending,
  random: Random,
  patience: number,
): Promise<number> => {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => undefined);
  const localPort = await new Promise<number>((resolve) => {
    socket.once('connect', () => {
      resolve(socket.localPort ?? 0);
    });
    socket.once('close', () => {
      resolve(0);
    });
  });
  const heard = (): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        socket.off('data', done).off('close', done);
        resolve();
      };
      const timer = setTimeout(done, patience);
      socket.on('data', done).on('close', done);
    });
  if (before.length > 0) await heard();
  for (const piece of before) {
    if (socket.destroyed) break;
    socket.write(piece);
    await heard();
  }
  if (socket.destroyed) return localPort;
  const sealed = secure({ socket, rejectUnauthorized: false, ...(random.oneIn(2) && { maxVersion: 'TLSv1.2' }) });
  sealed.on('error', () => undefined);
  const stood = await new Promise<boolean>((resolve) => {
    const done = (is: boolean) => (): void => {
      clearTimeout(timer);
      resolve(is);
    };
    const timer = setTimeout(done(false), patience);
    sealed.once('secureConnect', done(true)).once('close', done(false));
  });
  sealed.resume();
  for (const piece of stood ? pieces : []) {
    if (sealed.destroyed) break;
    sealed.write(piece);
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  if (ending === 'reset') socket.resetAndDestroy();
  else await leave(sealed, ending, random, patience);
  socket.destroy();
  // In memory, who connected was accepted.
  return ending === 'reset' && !isInMemory() ? 0 : localPort;
};

/** A server on loopback whose every connection is played by a function. */
export class RawServer implements AsyncDisposable {
  connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server;

  constructor(play: (socket: Socket, number: number) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
      this.connections += 1;
      play(socket, this.connections);
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Says its pieces one by one: the first at once, a further one whenever the client has said something; then it leaves. */
export const playServer = (
  socket: Socket,
  pieces: readonly Buffer[],
  ending: Ending,
  random: Random,
  patience: number,
): void => {
  let next = 0;
  const say = (): void => {
    const piece = pieces[next];
    next += 1;
    if (piece !== undefined && !socket.destroyed) socket.write(piece);
    if (next === pieces.length) void leave(socket, ending, random, patience);
  };
  socket.on('data', say);
  say();
};
