import { Duplex } from 'node:stream';

/** What can be made to wait. */
interface Flow {
  pause(): void;
  resume(): void;
}

/**
 * What TLS runs on instead of the socket itself: the wire keeps the socket, so that TLS can end
 * (close_notify) while the connection goes on, and every byte before and after is seen.
 */
export class Conduit extends Duplex {
  readonly #raw: Duplex;
  readonly #inflow: Flow;
  #isOver = false;
  #ignoresText = false;
  /** TLS was shown what is no TLS, and what it says to that is nobody's concern. */
  #isMute = false;

  /** `inflow` makes the ciphertext wait; the socket itself by default. */
  constructor(raw: Duplex, inflow: Flow = raw) {
    super();
    this.#raw = raw;
    this.#inflow = inflow;
  }

  /** Ciphertext from the peer. */
  feed(bytes: Buffer): void {
    if (!this.destroyed && !this.#isOver && !this.push(bytes)) this.#inflow.pause();
  }

  /** What came where a record was due: TLS fails by it, with an alert. */
  feedText(text: Buffer): void {
    this.#isMute ||= this.#ignoresText;
    this.feed(text);
  }

  /** From here on text is not answered: no alert stands before the answer to it in clear. */
  ignoreText(): void {
    this.#ignoresText = true;
  }

  /** The peer ended the connection. */
  feedEnd(): void {
    this.#isOver = true;
    this.push(null);
  }

  override _read(): void {
    this.#inflow.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#isMute || this.#raw.destroyed || this.#raw.writableEnded) done();
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
