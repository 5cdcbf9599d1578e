import { createServer, connect, type Server, type Socket } from 'node:net';
import { Fault } from '../fault.js';
import { Transcript, type TranscriptOptions } from '../wire/transcript.js';
import { Wire } from '../wire/wire.js';

export interface ListenerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Milliseconds since the visit began. */
  readonly clock: () => number;
  readonly transcript?: (ordinal: number) => TranscriptOptions;
  /** Plays one connection; must not throw. */
  readonly serve: (connection: Connection) => Promise<void>;
  /** Connections served at once; more are closed at once. */
  readonly most?: number;
}

/** One accepted connection. */
export interface Connection {
  /** 1 for the first one of this listener. */
  readonly ordinal: number;
  readonly wire: Wire;
  readonly remotePort: number;
  readonly remoteAddress: string;
  /** Milliseconds since the visit began. */
  readonly openedAt: number;
}

/** A listening socket whose every connection is recorded; draining is proved with a fence, not guessed from silence. */
export class Listener implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly connections: Connection[] = [];
  readonly #server: Server;
  readonly #open = new Set<Promise<void>>();
  readonly #sockets = new Set<Socket>();
  /** Resolves with the local port of the fence's own connection. */
  #fence: { readonly port: Promise<number>; readonly reached: () => void } | undefined;
  #refused = 0;

  private constructor(server: Server, options: ListenerOptions) {
    this.#server = server;
    const address = server.address();
    this.host = options.host;
    this.port = typeof address === 'object' && address !== null ? address.port : options.port;
    server.on('connection', (socket) => {
      this.#accept(socket, options);
    });
  }

  static async open(options: ListenerOptions): Promise<Listener> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        reject(bindFault(error, options));
      });
      server.listen({ host: options.host, port: options.port, backlog: 128 }, resolve);
    });
    return new Listener(server, options);
  }

  /** Connections that were turned away because too many were open. */
  get refused(): number {
    return this.#refused;
  }

  /** Resolves when every connection made before the call is served and closed, at most after `timeout` ms; says whether it was. */
  async drain(timeout: number): Promise<boolean> {
    const fenced = await this.#raiseFence(timeout);
    const closed = Promise.all(this.#open).then(() => true);
    return fenced && (await within(closed, timeout)) === true;
  }

  /** Says goodbye on every open connection, for clients that rest without closing. */
  farewell(): void {
    for (const { wire } of this.#unended()) {
      wire.transcript.note({ what: 'farewell', by: 'us' });
      wire.end('us');
    }
  }

  async stop(): Promise<void> {
    for (const { wire } of this.#unended()) {
      wire.transcript.note({ what: 'stopped', by: 'us' });
      wire.destroy();
    }
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    await Promise.allSettled(this.#open);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #unended(): Connection[] {
    return this.connections.filter(({ wire }) => !wire.ended);
  }

  #accept(socket: Socket, options: ListenerOptions): void {
    socket.on('error', () => undefined);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const fence = this.#fence;
    if (fence === undefined) this.#admit(socket, options);
    else {
      // Either event may come first: whose connection this is can be told once the fence knows its port.
      void fence.port.then((port) => {
        if (socket.remotePort !== port) this.#admit(socket, options);
        else {
          fence.reached();
          socket.destroy();
        }
      });
    }
  }

  #admit(socket: Socket, options: ListenerOptions): void {
    // Reset while the fence was being looked up: there is nothing left to serve, and its end was told already.
    if (socket.destroyed) return;
    if (this.#open.size >= (options.most ?? 200)) {
      this.#refused += 1;
      socket.destroy();
      return;
    }
    const ordinal = this.connections.length + 1;
    const transcript = new Transcript(options.clock, options.transcript?.(ordinal));
    const wire = new Wire(socket, 'server', transcript);
    const connection: Connection = {
      ordinal,
      wire,
      remotePort: socket.remotePort ?? 0,
      remoteAddress: socket.remoteAddress ?? '',
      openedAt: transcript.now(),
    };
    this.connections.push(connection);
    const closed = new Promise<void>((resolve) => socket.once('close', resolve));
    const served = options.serve(connection).then(() => closed);
    this.#open.add(served);
    void served.finally(() => {
      this.#open.delete(served);
    });
  }

  /** Accept queues keep order: when our own connection comes out, all earlier ones have. */
  async #raiseFence(timeout: number): Promise<boolean> {
    const socket = connect({ host: this.host, port: this.port, localAddress: this.host });
    socket.on('error', () => undefined);
    let reach: () => void = () => undefined;
    const reached = new Promise<boolean>((resolve) => {
      reach = () => {
        resolve(true);
      };
    });
    const port = new Promise<number>((resolve) => {
      socket.once('connect', () => {
        resolve(socket.localPort ?? 0);
      });
      socket.once('close', () => {
        resolve(0);
      });
    });
    this.#fence = { port, reached: reach };
    const done = await within(reached, timeout);
    this.#fence = undefined;
    socket.destroy();
    return done === true;
  }
}

const within = async <T>(promise: Promise<T>, ms: number): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};

const bindFault = (error: NodeJS.ErrnoException, { host, port }: ListenerOptions): Fault => {
  const where = `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
  if (error.code === 'EADDRINUSE')
    return new Fault(
      'CANNOT_BIND',
      `${where} is in use by another program; choose another port, or 0 for any free one`,
    );
  if (error.code === 'EACCES')
    return new Fault(
      'CANNOT_BIND',
      `no right to listen on ${where}: ports below 1024 need privileges; choose a higher port, or --place cell`,
    );
  return new Fault(
    'CANNOT_BIND',
    `cannot listen on ${where} (${error.code ?? error.message}); is the address this machine's?`,
  );
};
