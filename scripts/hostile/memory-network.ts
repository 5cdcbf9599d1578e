import { EventEmitter } from 'node:events';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type * as Net from 'node:net';
import { Duplex } from 'node:stream';

/** What `net.createServer` and `net.listen` are told, as far as it matters here. */
interface ServerOptions {
  readonly allowHalfOpen?: boolean;
}
interface Address {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly allowHalfOpen?: boolean | undefined;
}

const listening = new Map<number, MemoryServer>();
/** Of clients: a port is not given twice while its connection lives. */
const taken = new Set<number>();
let nextPort = 1024;

const freePort = (): number => {
  do nextPort = nextPort === LAST_PORT ? 1024 : nextPort + 1;
  while (listening.has(nextPort) || taken.has(nextPort));
  return nextPort;
};

const LAST_PORT = 65_535;

/** One end of a connection in memory, with as much of `net.Socket` as our code uses. */
class MemorySocket extends Duplex {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteFamily = 'IPv4';
  #other: MemorySocket | undefined;
  /** Tells the writer that its bytes were taken. */
  #taken: (() => void) | undefined;

  constructor(local: readonly [string, number], remote: readonly [string, number], allowHalfOpen: boolean) {
    super({ allowHalfOpen, autoDestroy: true });
    [this.localAddress, this.localPort] = local;
    [this.remoteAddress, this.remotePort] = remote;
  }

  join(other: MemorySocket): void {
    this.#other = other;
  }

  override _read(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const other = this.#other;
    // What is said comes to the other side in a turn of its own, as from the system.
    process.nextTick(() => {
      if (other === undefined || other.destroyed) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        return;
      }
      // After its end nobody reads.
      if (other.readableEnded || other.push(Buffer.from(chunk))) done();
      else other.#taken = done;
    });
  }

  override _final(done: () => void): void {
    const other = this.#other;
    process.nextTick(() => {
      if (other?.destroyed === false) other.push(null);
      done();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const other = this.#other;
    this.#other = undefined;
    this.#taken?.();
    taken.delete(this.localPort);
    // Not before what waits for the connection has been told of it.
    setImmediate(() => {
      if (other === undefined || other.destroyed) return;
      // Bytes that nobody read make a reset of an end.
      if (this.#isReset || this.readableLength > 0)
        other.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
      else if (!other.readableEnded) other.push(null);
    });
    done(error);
  }

  #isReset = false;

  resetAndDestroy(): this {
    this.#isReset = true;
    return this.destroy();
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

class MemoryServer extends EventEmitter {
  readonly #allowHalfOpen: boolean;
  #port = 0;
  readonly #open = new Set<MemorySocket>();
  #closing: (() => void) | undefined;

  constructor({ allowHalfOpen = false }: ServerOptions, onConnection?: (socket: MemorySocket) => void) {
    super();
    this.#allowHalfOpen = allowHalfOpen;
    if (onConnection !== undefined) this.on('connection', onConnection);
  }

  listen(where: Address | number, ...more: readonly unknown[]): this {
    const wanted = typeof where === 'number' ? where : (where.port ?? 0);
    this.#port = wanted === 0 ? freePort() : wanted;
    const ready = more.find((each) => typeof each === 'function') as (() => void) | undefined;
    process.nextTick(() => {
      if (listening.has(this.#port)) {
        this.emit('error', Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' }));
        return;
      }
      listening.set(this.#port, this);
      ready?.();
      this.emit('listening');
    });
    return this;
  }

  address(): { readonly port: number } {
    return { port: this.#port };
  }

  accept(client: MemorySocket, from: readonly [string, number], to: readonly [string, number]): void {
    const socket = new MemorySocket(to, from, this.#allowHalfOpen);
    socket.join(client);
    client.join(socket);
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#ended();
    });
    this.emit('connection', socket);
    client.emit('connect');
  }

  close(done?: () => void): this {
    listening.delete(this.#port);
    this.#closing = done ?? (() => undefined);
    process.nextTick(() => {
      this.#ended();
    });
    return this;
  }

  #ended(): void {
    if (this.#closing === undefined || this.#open.size > 0) return;
    this.#closing();
    this.#closing = undefined;
    this.emit('close');
  }
}

const connect = (where: Address | number): MemorySocket => {
  const {
    host = '127.0.0.1',
    port = 0,
    localAddress = '127.0.0.1',
    allowHalfOpen = false,
  } = typeof where === 'number' ? { port: where } : where;
  const from = [localAddress, freePort()] as const;
  const to = [host === 'localhost' ? '127.0.0.1' : host, port] as const;
  taken.add(from[1]);
  const client = new MemorySocket(from, to, allowHalfOpen);
  setImmediate(() => {
    const server = listening.get(port);
    if (server === undefined)
      client.destroy(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    else if (!client.destroyed) server.accept(client, from, to);
  });
  return client;
};

/**
 * Puts streams in memory in the place of TCP, for all that this process does from now on: the same code, without the system's share of
 * the time. Nothing of this process can be reached from outside of it any more, and nothing outside from it.
 */
export const useMemoryNetwork = (): void => {
  isUsed = true;
  const net = createRequire(import.meta.url)('node:net') as { -readonly [K in keyof typeof Net]: unknown };
  net.connect = connect;
  net.createServer = (
    first?: ServerOptions | ((socket: MemorySocket) => void),
    second?: (socket: MemorySocket) => void,
  ) => (typeof first === 'function' ? new MemoryServer({}, first) : new MemoryServer(first ?? {}, second));
  syncBuiltinESMExports();
};

let isUsed = false;

/** Whether this process has done so. */
export const isInMemory = (): boolean => isUsed;
