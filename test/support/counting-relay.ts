import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { rawServer, type RawServer } from './raw-server.js';

/** How many connections this process had at once to ports, at most: as it sees them, since the system may tell of an end late. */
export class Concurrency implements Disposable {
  most = 0;
  readonly #ports = new Set<number>();
  readonly #sockets = new Set<Socket>();
  readonly #onSocket = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    socket.once('connect', () => {
      if (!this.#ports.has(socket.remotePort ?? 0)) return;
      this.#sockets.add(socket);
      for (const each of this.#sockets) if (each.destroyed) this.#sockets.delete(each);
      this.most = Math.max(this.most, this.#sockets.size);
    });
  };

  constructor() {
    subscribe(CHANNEL, this.#onSocket);
  }

  add(port: number): void {
    this.#ports.add(port);
  }

  [Symbol.dispose](): void {
    unsubscribe(CHANNEL, this.#onSocket);
  }
}

interface RelayOptions {
  readonly concurrency?: Concurrency;
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  readonly onConnection?: () => void;
}

/** A relay on a free port of loopback that counts connections; those that go through several relays are counted together. */
export const countingRelay = async (
  port: number,
  { concurrency, host, onConnection }: RelayOptions = {},
): Promise<RawServer> => {
  const relay = await rawServer((socket) => {
    onConnection?.();
    const far = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    far.on('error', () => undefined).on('close', () => socket.destroy());
    socket.on('close', () => far.destroy());
    socket.pipe(far).pipe(socket);
  }, host);
  concurrency?.add(relay.port);
  return relay;
};

/** Node tells here of each socket that it makes to connect. */
const CHANNEL = 'net.client.socket';
