import { Admission } from '../endpoints/admission.js';
import type { TranscriptOptions } from '../wire/transcript.js';

/**
 * Bounds what endpoints that stay up hold at once, however many clients come and whatever they send: connections, kept
 * bytes, and bytes of one message that is still on its way.
 */
export class Load {
  readonly admission = new Admission(MOST_CONNECTIONS, true);
  readonly #received = new Map<number, number>();
  #sum = 0;
  /** Connections that came in this stretch of time, and in the one before. */
  #came = { since: -Infinity, now: 0, before: 0 };

  /** How much of a new connection is kept: less where many are open, or come one after the other. */
  kept(): TranscriptOptions {
    const now = performance.now();
    const age = now - this.#came.since;
    if (age >= RECENT) this.#came = { since: now, now: 0, before: age < 2 * RECENT ? this.#came.now : 0 };
    this.#came.now += 1;
    const many = Math.max(1 + this.admission.open, this.#came.now, this.#came.before);
    return { limit: Math.max(LEAST_KEPT, Math.min(MOST_KEPT, Math.floor(ALL_KEPT / many))) };
  }

  /** Bytes came; the connection that must go, if all of them together hold too much. */
  received(connection: number, bytes: number): number | undefined {
    this.#received.set(connection, (this.#received.get(connection) ?? 0) + bytes);
    this.#sum += bytes;
    if (this.#sum <= MOST_UNDER_WAY) return undefined;
    let heaviest: readonly [id: number, bytes: number] | undefined;
    for (const each of this.#received) if (heaviest === undefined || each[1] > heaviest[1]) heaviest = each;
    return heaviest?.[0];
  }

  /** A connection has ended. */
  forget(connection: number): void {
    this.#sum -= this.#received.get(connection) ?? 0;
    this.#received.delete(connection);
  }
}

const KIB = 1024;
/** At once, over all endpoints. */
const MOST_CONNECTIONS = 500;
/** Bytes a direction of one connection. */
const MOST_KEPT = 512 * KIB;
const LEAST_KEPT = 16 * KIB;
/** Milliseconds. */
const RECENT = 2000;
/** Bytes, divided by the connections that are open, or came just now, when a new one comes. */
const ALL_KEPT = 1024 * KIB;
/** Bytes received on all connections that are open: more than a few of the largest messages. */
const MOST_UNDER_WAY = 48 * 1024 * KIB;
