import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Fault } from '../fault.js';
import { ForwardingRequest, type Destination, type Refusal, type Step } from '../proxy/forwarding-request.js';
import { hostPort } from '../wire/host-port.js';
import { firstWords, type Heard, type Spoken } from './first-words.js';
import { afterSilence } from '../wire/silence.js';

/** Takes a connection over. */
export type Taker = (client: Socket) => void;

/** What a gateway does with the connections that clients ask it for. */
export interface GatewayOptions {
  readonly addresses: readonly [string, ...string[]];
  /** 0 for any free one; or the path of a socket. */
  readonly listen: number | string;
  readonly allows: (address: string) => boolean;
  /** Who takes connections to this destination, where it is known from earlier ones. */
  readonly known: (destination: Destination) => Taker | undefined;
  /** Connects to the destination. Throws `BAD_USAGE` where that is not allowed, else `UNREACHABLE` or `TIMED_OUT`. */
  readonly reach: (destination: Destination) => Promise<Socket>;
  /** Who takes a connection that carries mail; undefined where nobody can, so that it is passed on. */
  readonly server: (
    destination: Destination,
    spoken: Extract<Spoken, { is: 'mail' }>,
    address: string,
  ) => Promise<Taker | undefined>;
  readonly onBug: (error: unknown) => void;
  readonly note: (text: string) => void;
  /** Milliseconds of silence after which a connection that is passed on is given up. */
  readonly idle: number;
  /** Milliseconds that a client has to say where it wants to go. */
  readonly patience?: number;
}

/** A forwarding proxy (SOCKS 5 and HTTP CONNECT on one port) that hands connections with mail over, and passes all others on untouched. */
export class Gateway {
  readonly host: string;
  readonly #servers: readonly Server[];
  readonly #options: GatewayOptions;
  /** Connections that are not handed over: those that ask, and those that are passed on. */
  readonly #open = new Set<Socket>();
  #isStopped = false;

  private constructor(servers: readonly Server[], options: GatewayOptions) {
    this.#servers = servers;
    this.#options = options;
    [this.host] = options.addresses;
    for (const server of servers)
      server.on('connection', (socket) => {
        this.#accept(socket);
      });
  }

  /** Throws `CANNOT_BIND`. */
  static async open(options: GatewayOptions): Promise<Gateway> {
    const { addresses, listen } = options;
    if (typeof listen === 'string') return new Gateway([await bound({ path: listen })], options);
    const [host, ...more] = addresses;
    const first = await bound({ host, port: listen });
    const { port } = first.address() as AddressInfo;
    const others = await Promise.all(
      // One address is enough where there is no IPv6.
      more.map((address) => bound({ host: address, port }).catch(() => undefined)),
    );
    return new Gateway([first, ...others.filter((server) => server !== undefined)], options);
  }

  /** 0 where it listens on a path. */
  get port(): number {
    const address = this.#servers[0]?.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Accepts nothing more, and ends what was not handed over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const socket of this.#open) socket.destroy();
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => {
              resolve();
            });
          }),
      ),
    );
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#open.size >= MOST_OPEN || !this.#options.allows(client.remoteAddress ?? '')) {
      client.destroy();
      return;
    }
    this.#hold(client);
    this.#serve(client).catch((error: unknown) => {
      client.destroy();
      this.#options.onBug(error);
    });
  }

  async #serve(client: Socket): Promise<void> {
    const asked = await this.#asked(client);
    if (asked === undefined) return;
    const { destination, granted, refused } = asked;
    const known = this.#options.known(destination);
    if (known !== undefined) {
      client.write(granted);
      this.#handOver(client, known, NOTHING);
      return;
    }
    const server = await this.#reached(client, destination, refused);
    if (server === undefined) return;
    client.write(granted);
    const heard = await firstWords(client, server, destination.port, LONGEST_LOOK);
    if (this.#isStopped || client.destroyed) {
      client.destroy();
      server.destroy();
      return;
    }
    const { spoken } = heard;
    const { remoteAddress: address } = server;
    const taker =
      spoken.is === 'mail' && !client.readableEnded && address !== undefined
        ? await this.#options.server(destination, spoken, address)
        : undefined;
    if (taker === undefined) {
      if (spoken.is === 'other') this.#note(destination, `is passed on untouched: ${spoken.why}`);
      this.#join(client, server, heard);
      return;
    }
    // Anyone who takes it makes a connection of its own to the server.
    server.destroy();
    this.#handOver(client, taker, heard.client);
  }

  /** Where the client wants to go; undefined if it is gone, or was turned away. */
  async #asked(client: Socket): Promise<Extract<Step, { is: 'asked' }> | undefined> {
    const request = new ForwardingRequest();
    const until = performance.now() + (this.#options.patience ?? PATIENCE);
    for (;;) {
      const step = request.next();
      switch (step.is) {
        case 'asked':
          if (request.rest.length > 0) client.unshift(request.rest);
          return step;
        case 'say':
          client.write(step.bytes);
          break;
        case 'wrong':
          this.#options.note(`a client of the proxy was turned away: ${step.why}`);
          client.end(step.bytes);
          this.#destroySoon(client);
          return undefined;
        case 'incomplete': {
          const bytes = await received(client, until - performance.now());
          if (bytes === undefined) {
            client.destroy();
            return undefined;
          }
          request.push(bytes);
        }
      }
    }
  }

  async #reached(
    client: Socket,
    destination: Destination,
    refused: (why: Refusal) => Buffer,
  ): Promise<Socket | undefined> {
    try {
      const server = await this.#options.reach(destination);
      this.#hold(server);
      server.on('error', () => undefined);
      return server;
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
      const isAllowed = error.code !== 'BAD_USAGE';
      this.#note(destination, `is not connected to: ${error.message}`);
      client.end(refused(isAllowed ? 'unreachable' : 'not-allowed'));
      this.#destroySoon(client);
      return undefined;
    }
  }

  #handOver(client: Socket, taker: Taker, early: Buffer): void {
    this.#open.delete(client);
    client.removeAllListeners('close');
    if (early.length > 0) client.unshift(early);
    taker(client);
  }

  /** Passes everything on, in both directions, until both sides have ended. */
  #join(client: Socket, server: Socket, early: Pick<Heard, 'client' | 'server'>): void {
    const ends = [
      { from: client, to: server, bytes: early.client },
      { from: server, to: client, bytes: early.server },
    ];
    for (const { from, to, bytes } of ends) {
      from.setTimeout(this.#options.idle, () => from.destroy());
      from.once('close', () => to.destroySoon());
      if (bytes.length > 0) to.write(bytes);
      if (from.readableEnded) to.end();
      else from.pipe(to);
    }
  }

  #hold(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  }

  #destroySoon(socket: Socket): void {
    socket.resume();
    setTimeout(() => socket.destroy(), FAREWELL).unref();
  }

  #note({ host, port }: Destination, what: string): void {
    this.#options.note(`${hostPort(host, port)} ${what}`);
  }
}

const bound = (where: { host: string; port: number } | { path: string }): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    server.once('error', (error: NodeJS.ErrnoException) => {
      const name = 'path' in where ? where.path : hostPort(where.host, where.port);
      reject(
        new Fault(
          'CANNOT_BIND',
          error.code === 'EADDRINUSE'
            ? `${name} is in use by another program; choose another port, or 0 for any free one`
            : `cannot listen on ${name} (${error.code ?? error.message}); is it an address of this machine, and the port above 1023?`,
          { cause: error },
        ),
      );
    });
    server.listen(where, () => {
      resolve(server);
    });
  });

/** The next bytes; undefined when the socket ends, or `timeout` ms have passed. It is paused then. */
const received = (socket: Socket, timeout: number): Promise<Buffer | undefined> =>
  new Promise((resolve) => {
    const done = (bytes?: Buffer): void => {
      callOff();
      socket.pause();
      socket.off('data', done).off('end', none).off('close', none);
      resolve(bytes);
    };
    const none = (): void => {
      done();
    };
    const callOff = afterSilence(Math.max(0, timeout), none);
    if (socket.destroyed || socket.readableEnded) none();
    else socket.on('data', done).on('end', none).on('close', none).resume();
  });

const NOTHING = Buffer.alloc(0);
/** Connections at once that ask where to go, or are passed on. */
const MOST_OPEN = 500;
/** Milliseconds. */
const PATIENCE = 10_000;
/** Milliseconds until one of the two sides says something: a server may greet late. */
const LONGEST_LOOK = 60_000;
const FAREWELL = 1000;
