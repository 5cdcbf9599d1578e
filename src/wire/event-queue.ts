/** What a wire tells its reader. */
export type WireEvent =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly inside: boolean }
  /** TLS records where plaintext was due; they are recorded, not parsed. */
  | { readonly kind: 'records'; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly how: 'fin' | 'reset' }
  /** The peer sent close_notify: the connection is outside TLS again. */
  | { readonly kind: 'outside' };

/** Events that nobody has read yet; knows when their bytes are too many. */
export class EventQueue {
  readonly #events: WireEvent[] = [];
  #bytes = 0;

  get isTooLong(): boolean {
    return this.#bytes > HIGH_WATER;
  }

  push(event: WireEvent): void {
    this.#events.push(event);
    this.#bytes += sizeOf(event);
  }

  shift(): WireEvent | undefined {
    const event = this.#events.shift();
    if (event !== undefined) this.#bytes -= sizeOf(event);
    return event;
  }

  takeAll(): WireEvent[] {
    this.#bytes = 0;
    return this.#events.splice(0);
  }
}

const sizeOf = (event: WireEvent): number => ('bytes' in event ? event.bytes.length : 0);

/** Bytes. */
const HIGH_WATER = 1024 * 1024;
