import type { Command, Reply } from '../protocols/protocol.js';
import type { CapturedConnection } from './connection.js';

/** A piece of the server's, and the replies that it completes. */
export interface HeardReplies {
  readonly replies: readonly Reply[];
  /** Bytes. */
  readonly length: number;
  readonly inside: boolean;
  /** Of the transcript. */
  readonly entry: number;
}

/** What became of the client's wish for TLS: the commands that wait for an answer, and what the server says behind its go-ahead. */
export class AskedUpgrade {
  readonly #isBegun: () => boolean;
  #state: CapturedConnection['upgrade'] = 'not-asked';
  #open: Command[] = [];
  readonly #lateReplies: number[] = [];
  /** Bytes of the server's that make no whole reply yet. */
  #tail = 0;

  /** @param isBegun whether anything of the client's TLS was seen yet */
  constructor(isBegun: () => boolean) {
    this.#isBegun = isBegun;
  }

  get state(): CapturedConnection['upgrade'] {
    return this.#state;
  }

  /** Entries of the transcript that were said between the go-ahead and TLS, though nothing was due. */
  get lateReplies(): readonly number[] {
    return this.#lateReplies;
  }

  /** After a boundary no command waits any longer. */
  reset(): void {
    this.#open = [];
    this.#tail = 0;
  }

  said(command: Command): void {
    this.#open.push(command);
    if (this.#open.length > MOST_OPEN) this.#open.shift();
  }

  /** The client has asked for TLS. */
  ask(): void {
    this.#state = 'unanswered';
  }

  /** Takes what the server said; true where it refused TLS. */
  heard({ replies, length, inside, entry }: HeardReplies, isGoAhead: (reply: Reply) => boolean): boolean {
    // Between the go-ahead and TLS, nothing is due from a server that was asked nothing.
    if (this.#isWaiting && !inside) this.#lateReplies.push(entry);
    let isGranted = false;
    let isRefused = false;
    this.#tail += length;
    for (const reply of replies) {
      this.#tail -= reply.raw.length;
      if (isGranted && this.#isWaiting) this.#lateReplies.push(entry);
      if (reply.kind !== 'final') continue;
      const at = reply.tag === undefined ? 0 : this.#open.findIndex(({ tag }) => tag === reply.tag);
      const [command] = at === -1 ? [] : this.#open.splice(at, 1);
      if (command?.moment !== 'starttls' || inside || this.#state === 'granted') continue;
      isGranted = isGoAhead(reply);
      isRefused ||= !isGranted;
      this.#state = isGranted ? 'granted' : 'refused';
    }
    // A line without an end goes on inside TLS, for a client that keeps it.
    if (isGranted && this.#tail > 0 && this.#isWaiting && this.#lateReplies.at(-1) !== entry)
      this.#lateReplies.push(entry);
    return isRefused;
  }

  get #isWaiting(): boolean {
    return this.#state === 'granted' && this.#open.length === 0 && !this.#isBegun();
  }
}

const MOST_OPEN = 1000;
