/** A stream's text, bounded: `head` keeps its first bytes, `tail` its last. */
export class BoundedOutput {
  #kept: Buffer = Buffer.alloc(0);
  #truncated = false;
  readonly #limit: number;
  readonly #keep: 'head' | 'tail';

  constructor(limit: number, keep: 'head' | 'tail') {
    this.#limit = limit;
    this.#keep = keep;
  }

  /** Whether bytes are missing from `text`. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** What was kept, as UTF-8; unescaped peer text. */
  get text(): string {
    return (this.#keep === 'tail' ? this.#kept.subarray(-this.#limit) : this.#kept).toString();
  }

  /** Takes the next bytes. */
  add(chunk: Buffer): void {
    if (this.#keep === 'head') {
      const room = this.#limit - this.#kept.length;
      if (chunk.length > room) this.#truncated = true;
      if (room > 0) this.#kept = Buffer.concat([this.#kept, chunk.subarray(0, room)]);
      return;
    }
    this.#kept = Buffer.concat([this.#kept, chunk]);
    if (this.#kept.length > this.#limit) this.#truncated = true;
    // Cut seldom, so that many small writes stay linear work.
    if (this.#kept.length > 2 * this.#limit) this.#kept = Buffer.from(this.#kept.subarray(-this.#limit));
  }
}
