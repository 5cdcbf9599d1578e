import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * A client’s connection as an attacker on the path has it: what the client says goes to one server, and from some point on to another
 * one. The client’s end stays the same, and nothing is said in between.
 */
export class Turnout extends Duplex {
  #server: Socket;
  #isTurned = false;
  #isOver = false;

  constructor(first: Socket) {
    super({ allowHalfOpen: true });
    this.#server = first;
    this.#join();
  }

  /** The second server is the one that is spoken to, or it could not be had. */
  get isTurned(): boolean {
    return this.#isTurned;
  }

  /** The server has ended the connection, so that it leads nowhere any more. */
  get isOver(): boolean {
    return this.#isOver || this.destroyed;
  }

  /** Our end of the connection to the server that is spoken to. */
  get localAddress(): string | undefined {
    return this.#server.localAddress;
  }

  get localPort(): number | undefined {
    return this.#server.localPort;
  }

  /** Leaves the first server, then opens the connection to the second one: there is never more than one. Throws as `open` does. */
  async turn(open: () => Promise<Socket>): Promise<void> {
    const left = this.#server;
    this.#isTurned = true;
    for (const event of ['data', 'end', 'close', 'error']) left.removeAllListeners(event);
    // What becomes of it now does not matter.
    left.on('error', () => undefined);
    if (!left.closed) {
      const closed = once(left, 'close');
      left.destroy();
      await closed;
    }
    const server = await open();
    if (this.destroyed) server.destroy();
    this.#server = server;
    this.#join();
  }

  override _read(): void {
    this.#server.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#server.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#server.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#server.destroy();
    done(error);
  }

  #join(): void {
    const server = this.#server;
    server
      .on('data', (bytes: Buffer) => {
        if (!this.push(bytes)) server.pause();
      })
      .on('end', () => {
        this.#isOver = true;
        this.push(null);
      })
      .on('close', () => this.destroy())
      .on('error', (error) => this.destroy(error));
  }
}
