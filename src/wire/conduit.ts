import { Duplex } from 'node:stream';

/**
 * What TLS runs on instead of the socket itself: the wire keeps the socket, so that TLS can end
 * (close_notify) while the connection goes on, and every byte before and after is seen.
 */
export class Conduit extends Duplex {
  readonly #raw: Duplex;

  constructor(raw: Duplex) {
    super();
    this.#raw = raw;
  }

  /** Ciphertext from the peer. */
  feed(bytes: Buffer): void {
    if (!this.destroyed && !this.readableEnded && !this.push(bytes)) this.#raw.pause();
  }

  /** The peer ended the connection. */
  feedEnd(): void {
    if (!this.destroyed) this.push(null);
  }

  override _read(): void {
    this.#raw.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#raw.destroyed || this.#raw.writableEnded) done();
    else
      this.#raw.write(chunk, () => {
        done();
      });
  }

  override _final(done: (error?: Error | null) => void): void {
    // The end of TLS is not the end of the connection.
    done();
  }
}
