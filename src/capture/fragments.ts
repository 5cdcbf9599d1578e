import type { IpPacket } from './packet.js';

interface Pieces {
  readonly parts: { readonly offset: number; readonly payload: Buffer }[];
  size: number;
  /** Of the whole, known with the last piece. */
  length: number | undefined;
  isDamaged: boolean;
  carries: number;
}

/** Puts packets together that came in pieces (RFC 791 §3.2, RFC 8200 §4.5). Bounded: the oldest incomplete packets are given up. */
export class Fragments {
  readonly #open = new Map<string, Pieces>();
  #held = 0;
  /** Packets that could not be put together. */
  givenUp = 0;

  /** The whole packet, once the piece completes it. Pieces that overlap are refused (RFC 5722): they hide what was said. */
  push(packet: IpPacket): IpPacket | undefined {
    const { fragment, payload } = packet;
    if (fragment === undefined) return packet;
    const { id, offset, isLast } = fragment;
    const pieces = this.#open.get(id) ?? { parts: [], size: 0, length: undefined, isDamaged: false, carries: 0 };
    this.#open.set(id, pieces);
    const same = pieces.parts.find((part) => part.offset === offset && part.payload.equals(payload));
    if (same !== undefined) return undefined;
    if (
      packet.missing > 0 ||
      offset + payload.length > LARGEST_PACKET ||
      pieces.parts.some((part) => part.offset < offset + payload.length && offset < part.offset + part.payload.length)
    )
      pieces.isDamaged = true;
    if (offset === 0) pieces.carries = packet.carries;
    // Copied: it outlives the frame that it came in.
    if (!pieces.isDamaged) pieces.parts.push({ offset, payload: Buffer.from(payload) });
    pieces.size += payload.length;
    this.#held += payload.length;
    if (isLast) pieces.length = offset + payload.length;
    if (!pieces.isDamaged && pieces.length === pieces.size) {
      this.#drop(id, pieces);
      const { fragment: _, ...whole } = packet;
      const parts = pieces.parts.toSorted((a, b) => a.offset - b.offset).map((part) => part.payload);
      return { ...whole, carries: pieces.carries, payload: Buffer.concat(parts) };
    }
    this.#limit();
    return undefined;
  }

  /** Packets that are still incomplete when the capture is over are given up. */
  end(): void {
    this.givenUp += this.#open.size;
    this.#open.clear();
    this.#held = 0;
  }

  #limit(): void {
    for (const [id, pieces] of this.#open) {
      if (this.#open.size <= MOST_PACKETS && this.#held <= MOST_BYTES) return;
      this.#drop(id, pieces);
      this.givenUp += 1;
    }
  }

  #drop(id: string, pieces: Pieces): void {
    this.#open.delete(id);
    this.#held -= pieces.size;
  }
}

const LARGEST_PACKET = 65_535;
const MOST_PACKETS = 256;
const MOST_BYTES = 4 * 1024 * 1024;
