import { ByteQueue } from './byte-queue.js';
import type { Command, Protocol, Read, Reply, ReplyProgress } from './protocol.js';

/** A server's bytes, cut into replies as they become complete; the work is linear, whatever the segments. */
export class ReplyReader {
  readonly #protocol: Protocol;
  readonly #bytes = new ByteQueue();
  #progress: ReplyProgress = { at: 0, lines: [] };
  #progressOf: Command | undefined;
  #searched = 0;
  #isFirst = true;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  /** Number of bytes that no reply has taken yet. */
  get length(): number {
    return this.#bytes.length;
  }

  /** A view on those bytes, valid until the next `append`. */
  view(from?: number, to?: number): Buffer {
    return this.#bytes.view(from, to);
  }

  /** What comes first is no greeting. */
  expectNoGreeting(): void {
    this.#isFirst = false;
  }

  append(bytes: Uint8Array): void {
    this.#bytes.append(bytes);
  }

  /** The next complete reply; `outstanding` is the command that it may answer. */
  next(outstanding?: Command): Read<Reply> | undefined {
    if (this.#progressOf !== outstanding) this.#forget();
    this.#progressOf = outstanding;
    // Every reply ends with a line feed: without a new one there is nothing to try.
    const isFed = this.#bytes.indexOf(LF, this.#searched) !== -1;
    this.#searched = this.#bytes.length;
    if (!isFed) return undefined;
    const read = this.#protocol.readReply(this.#bytes.view(), {
      first: this.#isFirst,
      ...(outstanding && { outstanding }),
      progress: this.#progress,
    });
    if (read === undefined) return undefined;
    this.#bytes.take(read.length);
    this.#isFirst = false;
    this.#forget();
    return read;
  }

  /** Takes all unread bytes away. */
  takeAll(): Buffer {
    this.#forget();
    return this.#bytes.take(this.#bytes.length);
  }

  #forget(): void {
    this.#searched = 0;
    this.#progress = { at: 0, lines: [] };
  }
}

const LF = 0x0a;
