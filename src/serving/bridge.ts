import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Fault, isFault } from '../fault.js';
import protocols from '../protocols/index.js';
import { addressOf, type RealServer, type ServerPatience } from '../proxy/server.js';
import { connectTo } from '../proxy/connection.js';
import { hostPort } from '../wire/host-port.js';
import { refusingServer, thresholdOf } from './bridge-dialogue.js';

export interface BridgeOptions {
  /** The mail server behind the bridge. With STARTTLS there, TLS begins with the first byte here; and the other way round. */
  readonly server: RealServer;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** Any free port by default. */
  readonly port?: number;
  /** Clients at other addresses are turned away. */
  readonly allows?: (address: string) => boolean;
  readonly patience?: ServerPatience;
  /** Milliseconds without a byte in either direction after which a connection is ended; ten minutes by default. */
  readonly idle?: number;
  /** A connection that came to nothing: its number, from 1, and why. */
  readonly onFailure?: (connection: number, fault: Fault) => void;
}

/**
 * A local port that speaks the STARTTLS dialogue with a mail server and then passes TLS on, untouched, so that a tool which knows
 * only TLS from the first byte can test it; or that offers STARTTLS in front of a port with implicit TLS. Every byte of TLS is the
 * client's and the server's own.
 */
export class Bridge implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #server: Server;
  readonly #options: BridgeOptions;
  readonly #patience: ServerPatience;
  readonly #sockets = new Set<Socket>();
  #accepted = 0;
  #open = 0;

  private constructor(server: Server, options: BridgeOptions) {
    this.#server = server;
    this.#options = options;
    this.#patience = options.patience ?? USUAL_PATIENCE;
    const { address, port } = server.address() as AddressInfo;
    [this.host, this.port] = [address, port];
    server.on('connection', (socket) => {
      this.#accept(socket);
    });
  }

  /** Throws `CANNOT_BIND`. */
  static async open(options: BridgeOptions): Promise<Bridge> {
    const { host = '127.0.0.1', port = 0 } = options;
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen({ host, port });
    try {
      await once(server, 'listening');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new Fault(
        'CANNOT_BIND',
        `cannot listen on ${hostPort(host, port)} (${code}); choose another --listen address or port, or port 0 for any free one`,
        { cause: error },
      );
    }
    return new Bridge(server, options);
  }

  /** Connections that were accepted until now. */
  get accepted(): number {
    return this.#accepted;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #accept(client: Socket): void {
    this.#keep(client);
    if (this.#options.allows?.(client.remoteAddress ?? '') === false || this.#open >= MOST_OPEN) {
      client.destroy();
      return;
    }
    this.#accepted += 1;
    this.#open += 1;
    const connection = this.#accepted;
    client.once('close', () => {
      this.#open -= 1;
    });
    void this.#join(client).catch((error: unknown) => {
      client.destroy();
      if (!isFault(error)) throw error;
      this.#options.onFailure?.(connection, error);
    });
  }

  async #join(client: Socket): Promise<void> {
    const { server } = this.#options;
    const protocol = protocols[server.protocol];
    const upstream = await connectTo(server, this.#patience.connect);
    this.#keep(upstream);
    try {
      if (server.tls === 'starttls') {
        const early = await thresholdOf(upstream, { protocol, patience: this.#patience, where: addressOf(server) });
        if (early.length > 0) client.write(early);
      } else {
        const hello = await refusingServer(client, { protocol, patience: this.#patience, host: server.host });
        // The client left without TLS.
        if (hello === undefined) {
          upstream.destroy();
          return;
        }
        if (hello.length > 0) upstream.write(hello);
      }
    } catch (error) {
      upstream.destroy();
      throw error;
    }
    passOn(client, upstream, this.#options.idle ?? USUAL_IDLE);
    passOn(upstream, client, this.#options.idle ?? USUAL_IDLE);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    // A reset is passed on where it is read.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

/** Everything that one side sends, its end and its reset, to the other one. */
const passOn = (from: Socket, to: Socket, idle: number): void => {
  from.setTimeout(idle, () => {
    from.destroy();
  });
  from.once('error', () => {
    if (!to.destroyed) to.resetAndDestroy();
  });
  from.once('close', () => {
    if (!from.readableEnded) to.destroy();
  });
  if (from.destroyed) {
    to.destroy();
    return;
  }
  from.pipe(to);
};

const MOST_OPEN = 200;
const USUAL_IDLE = 600_000;
/** Milliseconds. */
const USUAL_PATIENCE: ServerPatience = { connect: 5_000, handshake: 10_000, answer: 30_000 };
