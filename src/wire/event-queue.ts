/** What a wire tells its reader. */
export type WireEvent =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly inside: boolean }
  /** TLS records where plaintext was due; they are recorded, not parsed. */
  | { readonly kind: 'records'; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly how: 'fin' | 'reset' }
  /** The peer sent close_notify: the connection is outside TLS again. */
  | { readonly kind: 'outside' };

/** Events that nobody has read yet; knows when they take too much memory. */
export class EventQueue {
  #events: WireEvent[] = [];
  /** Index of the first event that was not taken yet. */
  #first = 0;
  #size = 0;

  get isTooLong(): boolean {
    return this.#size > HIGH_WATER;
  }

  push(event: WireEvent): void {
    this.#events.push(event);
    this.#size += sizeOf(event);
  }

  shift(): WireEvent | undefined {
    const event = this.#events[this.#first];
    if (event === undefined) return undefined;
    this.#first += 1;
    this.#size -= sizeOf(event);
    // What was taken is thrown away in large pieces, so that taking all costs linear time.
    if (this.#first > MOST_TAKEN || this.#first === this.#events.length) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
    return event;
  }

  takeAll(): WireEvent[] {
    const events = this.#events.slice(this.#first);
    this.#events = [];
    this.#first = 0;
    this.#size = 0;
    return events;
  }
}

const sizeOf = (event: WireEvent): number => OF_AN_EVENT + ('bytes' in event ? event.bytes.length : 0);

/** Bytes that an event takes besides its data. */
const OF_AN_EVENT = 64;
const MOST_TAKEN = 10_000;
/** Bytes. */
const HIGH_WATER = 128 * 1024;
