/** A growable byte buffer: append at the end, consume at the front; amortised linear whatever the segmentation. */
export class ByteQueue {
  #store = Buffer.alloc(1024);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#store.length) this.#makeRoom(bytes.length);
    this.#store.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** A view on the unconsumed bytes; valid until the next `append`. */
  view(from = 0, to = this.length): Buffer {
    return this.#store.subarray(this.#start + from, this.#start + Math.min(to, this.length));
  }

  /** A copy of the first `count` bytes, which are then gone. */
  take(count: number): Buffer {
    const taken = Buffer.from(this.view(0, count));
    this.#start += taken.length;
    if (this.#start === this.#end) this.#start = this.#end = 0;
    return taken;
  }

  /** Offset of `byte` at or after `from`, or -1. */
  indexOf(byte: number, from = 0): number {
    return this.view().indexOf(byte, from);
  }

  #makeRoom(extra: number): void {
    const needed = this.length + extra;
    const store = needed * 2 <= this.#store.length ? this.#store : Buffer.alloc(Math.max(needed * 2, 1024));
    this.#store.copy(store, 0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    this.#store = store;
  }
}
