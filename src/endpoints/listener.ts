import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { Fault } from '../fault.js';
import { settledOrSilence } from '../wire/silence.js';
import { Transcript, type TranscriptOptions } from '../wire/transcript.js';
import { Share, TURNS } from '../wire/turns.js';
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
  /** Absent where connections are handed in. */
  readonly #server: Server | undefined;
  readonly #options: ListenerOptions;
  readonly #admission: Admission;
  /** Resolve when the connection is served and closed. */
  readonly #serving = new Map<Connection, Promise<void>>();
  readonly #sockets = new Set<Socket>();
  /** What to do when a fence's own connection comes out, by its address and port. One that was given up may still come. */
  readonly #fences = new Map<string, () => void>();
  #accepted = 0;

  private constructor(server: Server | undefined, options: ListenerOptions) {
    this.#server = server;
    this.#options = options;
    this.#admission = options.admission ?? new Admission(USUAL_MOST);
    this.host = options.host;
    this.port = server === undefined ? options.port : (server.address() as AddressInfo).port;
    server?.on('connection', (socket) => {
      this.#accept(socket);
    });
  }

  /** Listens nowhere: serves the connections that are handed to `admit`. */
  static unbound(options: ListenerOptions): Listener {
    return new Listener(undefined, options);
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

  /** Serves a connection that was accepted elsewhere; what was read of it already must have been put back (`unshift`). */
  admit(socket: Socket): void {
    socket.on('error', () => undefined);
    this.#track(socket);
    // What comes by a socket of the file system comes from this machine.
    const { remoteAddress = '127.0.0.1', remotePort = 0 } = socket;
    this.#admit(socket, remoteAddress, remotePort);
    if (!socket.destroyed) socket.resume();
  }

  /** Resolves when every connection made before the call is served and closed, at most after `timeout` ms; says whether it was. */
  async drain(timeout: number): Promise<boolean> {
    const fenced = this.#server === undefined || (await this.#raiseFence(timeout));
    return fenced && (await settledOrSilence(Promise.all(this.#serving.values()), timeout));
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
      if (this.#server === undefined) resolve();
      this.#server?.close(() => {
        resolve();
      });
    });
    await Promise.allSettled(this.#serving.values());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #unended(): Connection[] {
    return [...this.#serving.keys()].filter(({ wire }) => !wire.ended);
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #accept(socket: Socket): void {
    // Node accepts one connection a listener in each turn of the event loop; behind one that is refused there may be one that is not.
    TURNS.hurry();
    socket.on('error', () => undefined);
    this.#track(socket);
    const { remoteAddress = '', remotePort = 0 } = socket;
    const key = hostPort(remoteAddress, remotePort);
    const reached = this.#fences.get(key);
    if (reached === undefined) this.#admit(socket, remoteAddress, remotePort);
    else {
      this.#fences.delete(key);
      reached();
      socket.destroy();
    }
  }

  #admit(socket: Socket, remoteAddress: string, remotePort: number): void {
    const { allows, clock, linger, onEnd, serve, transcript: transcriptOptions } = this.#options;
    if (allows?.(remoteAddress) === false || !this.#admission.hasRoom(clock(), remoteAddress)) {
      socket.destroy();
      return;
    }
    this.#accepted += 1;
    const ordinal = this.#accepted;
    const transcript = new Transcript(clock, transcriptOptions?.(ordinal));
    // What comes is seen from now on; it is answered when it is its turn.
    const share = new Share();
    const wire = new Wire(socket, 'server', transcript, share);
    const connection: Connection = { ordinal, wire, remotePort, remoteAddress, openedAt: transcript.now() };
    this.#admission.enter(connection);
    const served = TURNS.next(share).then(async () => {
      await serve(connection);
      const timer = linger === undefined ? undefined : setTimeout(() => socket.destroy(), linger);
      await wire.closed;
      clearTimeout(timer);
    });
    this.#serving.set(connection, served);
    void served.finally(() => {
      this.#admission.leave(connection);
      this.#serving.delete(connection);
      onEnd?.(connection);
    });
  }

  /** Accept queues keep order: when our own connection comes out, all earlier ones have. */
  async #raiseFence(timeout: number): Promise<boolean> {
    const socket = connect({ host: this.host, port: this.port });
    socket.on('error', () => undefined);
    // It has its address and port before the event loop goes on, and so before anything more is accepted.
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    const { localAddress, localPort } = socket;
    if (localAddress === undefined || localPort === undefined) return false;
    const reached = new Promise<void>((resolve) => {
      this.#fences.set(hostPort(localAddress, localPort), resolve);
    });
    const connected = new Promise<void>((resolve) => {
      socket.once('connect', resolve);
    });
    const isReached = await settledOrSilence(Promise.all([reached, connected]), timeout);
    // With a reset the system keeps nothing of it; after an end it may keep the port for a minute. What still connects cannot be reset.
    if (isReached) socket.resetAndDestroy();
    else socket.destroy();
    return isReached;
  }
}

const USUAL_MOST = 200;
/** Connections that the system accepts ahead of us: a client whose connection it drops tries again after a second. */
const BACKLOG = 1024;

const bindFault = (error: NodeJS.ErrnoException, { host, port }: ListenerOptions): Fault => {
  const where = port === 0 ? host : hostPort(host, port);
  if (error.code === 'EADDRINUSE')
    return new Fault(
      'CANNOT_BIND',
      `${where} is in use by another program; choose another port, or 0 for any free one`,
    );
  if (error.code === 'EACCES')
    return new Fault(
      'CANNOT_BIND',
      `no right to listen on ${where}: ports below 1024 need privileges; choose a higher port`,
    );
  return new Fault(
    'CANNOT_BIND',
    `cannot listen on ${where} (${error.code ?? error.message}); is it an address of this machine?`,
  );
};
