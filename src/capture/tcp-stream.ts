/** What a direction of a TCP connection gives, in order. */
export type StreamEvent =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** Bytes that were sent and not captured. */
  | { readonly kind: 'lost'; readonly count: number };

interface Waiting {
  readonly at: number;
  readonly bytes: Buffer;
}

/**
 * One direction of a TCP connection, put together from its segments in whatever order they were captured: repeated ones count once,
 * of overlapping ones the first wins, and what never came is told as lost. Bounded in bytes and segments.
 */
export class TcpStream {
  /** Sequence number of offset 0; undefined until something was seen. */
  #base: number | undefined;
  /** Offset of the next byte. */
  #next = 0;
  #waiting: Waiting[] = [];
  #held = 0;
  /** The latest bytes, to compare repetitions with. */
  #recent: Buffer = Buffer.alloc(0);
  /** Offset behind the last byte, where FIN said so. */
  #end: number | undefined;
  /** Offset up to which the other side has acknowledged. */
  #acknowledged = 0;
  /** Segments of the connection since the first hole was seen. */
  #patience = 0;
  #compares = true;
  /** A repeated segment said something else: who reads the other one has been told something else. */
  contradicts = false;
  /** Bytes that were given. */
  given = 0;
  /** Bytes that were lost. */
  lost = 0;

  get isStarted(): boolean {
    return this.#base !== undefined;
  }

  /** FIN was seen, and all before it was given. */
  get isOver(): boolean {
    return this.#end !== undefined && this.#next >= this.#end;
  }

  /** Bytes that are held. */
  get held(): number {
    return this.#held + this.#recent.length;
  }

  /** The stream begins: `sequence` is the number of its first byte. */
  start(sequence: number): void {
    if (this.#base !== undefined) return;
    this.#base = sequence;
  }

  /** Takes a segment; `missing` bytes behind its payload were not captured. */
  segment(sequence: number, payload: Buffer, missing: number, isLast: boolean): StreamEvent[] {
    if (this.#base === undefined) this.start(sequence);
    const at = this.#offsetOf(sequence);
    if (at < -WINDOW || at > this.#next + WINDOW) return [];
    if (isLast) this.#end = Math.max(0, at + payload.length + missing);
    const events = payload.length === 0 ? [] : this.#take(at, payload);
    // What a capture cuts off it cuts off of repetitions too.
    if (missing > 0 && this.#next === at + payload.length) events.push(this.#lose(missing), ...this.#drain());
    return [...events, ...this.#waitingFirst()];
  }

  /** The other side has everything before `sequence`. */
  acknowledged(sequence: number): StreamEvent[] {
    if (this.#base === undefined) this.start(sequence);
    const at = this.#offsetOf(sequence);
    if (at <= this.#next + WINDOW) this.#acknowledged = Math.max(this.#acknowledged, at);
    return this.#waitingFirst();
  }

  /** No more will come. */
  finish(): StreamEvent[] {
    const events: StreamEvent[] = [];
    while (this.#waiting.length > 0) events.push(...this.#skipHole());
    const last = this.#end ?? this.#acknowledged;
    // FIN takes a number of its own, which is acknowledged too.
    const count = last - this.#next - (this.#end === undefined && this.#acknowledged > this.#next ? 1 : 0);
    if (count > 0) events.push(this.#lose(count));
    return events;
  }

  /** Repetitions are not compared any more. */
  stopComparing(): void {
    this.#compares = false;
    this.#recent = Buffer.alloc(0);
  }

  #offsetOf(sequence: number): number {
    // Numbers wrap: they are near the next one.
    return this.#next + ((sequence - ((this.#base ?? 0) + this.#next)) | 0);
  }

  #take(at: number, payload: Buffer): StreamEvent[] {
    const over = this.#next - at;
    if (over > 0) this.#compare(at, payload.subarray(0, over));
    if (over >= payload.length) return [];
    if (over >= 0) return [...this.#give(payload.subarray(over)), ...this.#drain()];
    this.#wait(at, payload);
    return [];
  }

  #give(bytes: Buffer): StreamEvent[] {
    this.#next += bytes.length;
    this.given += bytes.length;
    if (this.#compares) this.#keep(bytes);
    return [{ kind: 'bytes', bytes }];
  }

  #keep(bytes: Buffer): void {
    this.#recent = Buffer.from(
      bytes.length >= RECENT
        ? bytes.subarray(-RECENT)
        : Buffer.concat([this.#recent.subarray(-(RECENT - bytes.length)), bytes]),
    );
  }

  #drain(): StreamEvent[] {
    const events: StreamEvent[] = [];
    for (let first = this.#waiting[0]; first !== undefined && first.at <= this.#next; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#held -= first.bytes.length;
      const over = this.#next - first.at;
      if (over > 0) this.#compare(first.at, first.bytes.subarray(0, over));
      if (over < first.bytes.length) events.push(...this.#give(first.bytes.subarray(over)));
    }
    this.#patience = 0;
    return events;
  }

  /** Segments that came before those they follow, in order, without overlap. */
  #wait(at: number, payload: Buffer): void {
    const index = this.#waiting.findIndex((each) => each.at >= at);
    const place = index === -1 ? this.#waiting.length : index;
    const same = this.#waiting[place];
    if (same?.at === at && same.bytes.length >= payload.length) {
      if (!same.bytes.subarray(0, payload.length).equals(payload)) this.contradicts = true;
      return;
    }
    // Copied: it outlives the frame that it came in.
    this.#waiting.splice(place, 0, { at, bytes: Buffer.from(payload) });
    this.#held += payload.length;
  }

  /** What waits behind a hole that will not be filled: the other side has acknowledged it, or too much waits. */
  #waitingFirst(): StreamEvent[] {
    const [first] = this.#waiting;
    if (first === undefined) return [];
    this.#patience += 1;
    const isAcknowledged = this.#acknowledged >= first.at && this.#patience > PATIENCE;
    return isAcknowledged || this.#held > MOST_HELD || this.#waiting.length > MOST_WAITING ? this.#skipHole() : [];
  }

  #skipHole(): StreamEvent[] {
    const [first] = this.#waiting;
    if (first === undefined) return [];
    return [this.#lose(first.at - this.#next), ...this.#drain()];
  }

  #lose(count: number): StreamEvent {
    this.#next += count;
    this.lost += count;
    this.#recent = Buffer.alloc(0);
    return { kind: 'lost', count };
  }

  /** The same bytes once more: they must be the same. A keep-alive repeats one octet, which may be any (RFC 9293 §3.8.4). */
  #compare(at: number, bytes: Buffer): void {
    if (bytes.length === 1) return;
    const from = this.#next - this.#recent.length;
    const known = this.#recent.subarray(Math.max(0, at - from), Math.max(0, at - from + bytes.length));
    const said = bytes.subarray(Math.max(0, from - at), Math.max(0, from - at) + known.length);
    if (!known.subarray(0, said.length).equals(said)) this.contradicts = true;
  }
}

/** Offsets; what is further away belongs to another connection. */
const WINDOW = 2 ** 30;
/** Bytes that repetitions are compared with. */
const RECENT = 4096;
/** Segments of the connection that a hole which was acknowledged is waited for. */
const PATIENCE = 16;
const MOST_HELD = 1024 * 1024;
const MOST_WAITING = 512;
