import { createServer, connect, type Server, type Socket } from 'node:net';
import { Fault } from '../fault.js';
import { Transcript, type TranscriptOptions } from '../wire/transcript.js';
import { Wire } from '../wire/wire.js';
import { Admission } from './admission.js';
import { hostPort } from '../wire/host-port.js';

export interface ListenerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Milliseconds since the visit began. */
  readonly clock: () => number;
  readonly transcript?: (ordinal: number) => TranscriptOptions;
  /** Plays one connection; must not throw. */
  readonly serve: (connection: Connection) => Promise<void>;
  /** A connection was served, and is closed. */
  readonly onEnd?: (connection: Connection) => void;
  /** Clients at other addresses are turned away. */
  readonly allows?: (address: string) => boolean;
  /** Bounds the connections served at once, here or together with other listeners; 200 here by default. */
  readonly admission?: Admission;
  /** Milliseconds that a client has to close a connection that was served; as long as it likes by default. */
  readonly linger?: number;
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
  readonly #server: Server;
  readonly #admission: Admission;
  readonly #open = new Set<Promise<void>>();
  readonly #serving = new Set<Connection>();
  readonly #sockets = new Set<Socket>();
  /** Resolves with the local port of the fence's own connection. */
  #fence: { readonly port: Promise<number>; readonly reached: () => void } | undefined;
  #accepted = 0;

  private constructor(server: Server, options: ListenerOptions) {
    this.#server = server;
    this.#admission = options.admission ?? new Admission(USUAL_MOST);
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
      server.listen({ host: options.host, port: options.port, backlog: BACKLOG }, resolve);
    });
    return new Listener(server, options);
  }

  /** Connections that were served until now. */
  get accepted(): number {
    return this.#accepted;
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
    return [...this.#serving].filter(({ wire }) => !wire.ended);
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
    const { allows, clock, linger, onEnd, serve } = options;
    if (allows?.(socket.remoteAddress ?? '') === false || !this.#admission.hasRoom(clock())) {
      socket.destroy();
      return;
    }
    this.#accepted += 1;
    const ordinal = this.#accepted;
    const transcript = new Transcript(clock, options.transcript?.(ordinal));
    const wire = new Wire(socket, 'server', transcript);
    const connection: Connection = {
      ordinal,
      wire,
      remotePort: socket.remotePort ?? 0,
      remoteAddress: socket.remoteAddress ?? '',
      openedAt: transcript.now(),
    };
    this.#admission.enter(connection);
    this.#serving.add(connection);
    const closed = new Promise<void>((resolve) => socket.once('close', resolve));
    const served = serve(connection).then(async () => {
      const timer = linger === undefined ? undefined : setTimeout(() => socket.destroy(), linger);
      await closed;
      clearTimeout(timer);
    });
    this.#open.add(served);
    void served.finally(() => {
      this.#open.delete(served);
      this.#admission.leave(connection);
      this.#serving.delete(connection);
      onEnd?.(connection);
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

const USUAL_MOST = 200;
/** Connections that the system accepts ahead of us: a client whose connection it drops tries again after a second. */
const BACKLOG = 1024;

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
  const where = hostPort(host, port);
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
