import type { Connection } from './listener.js';

/** How many connections are served at once, by one listener or by several together. */
export class Admission {
  readonly #most: number;
  readonly #evicts: boolean;
  readonly #open = new Set<Connection>();
  #refused = 0;

  /** `evicts`: instead of a new connection, one goes on which the client never spoke, else the one that is silent longest, else the oldest. */
  constructor(most: number, evicts = false) {
    this.#most = most;
    this.#evicts = evicts;
  }

  /** Connections that are served now. */
  get open(): number {
    return this.#open.size;
  }

  /** Connections that were turned away, or ended early, because too many were open. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether there is room for one more; makes it where it may. */
  hasRoom(now: number): boolean {
    if (this.#open.size < this.#most) return true;
    this.#refused += 1;
    const leaving = this.#evicts ? this.#leaving(now) : undefined;
    if (leaving === undefined) return false;
    leaving.wire.transcript.note({ what: 'overload', by: 'us', of: 'connections' });
    leaving.wire.destroy();
    this.#open.delete(leaving);
    return true;
  }

  enter(connection: Connection): void {
    this.#open.add(connection);
  }

  leave(connection: Connection): void {
    this.#open.delete(connection);
  }

  #leaving(now: number): Connection | undefined {
    const [oldest] = this.#open;
    let leaving: Connection | undefined;
    let since = now - QUIET;
    for (const connection of this.#open) {
      const heard = lastHeard(connection);
      if (heard === undefined) return connection;
      if (heard < since) [leaving, since] = [connection, heard];
    }
    return leaving ?? (oldest !== undefined && now - oldest.openedAt > LONG ? oldest : undefined);
  }
}

/** When the client last spoke, in milliseconds; undefined if it never did. */
const lastHeard = ({ wire }: Connection): number | undefined =>
  wire.transcript.entries.findLast((entry) => entry.kind === 'boundary' || ('from' in entry && entry.from === 'client'))
    ?.at;

/** Milliseconds of silence; a client that is at work takes less. */
const QUIET = 1000;

/** Milliseconds; most sessions of mail clients take less. */
const LONG = 10_000;
