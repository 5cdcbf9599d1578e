import type { Connection } from './listener.js';

/** How many connections are served at once, by one listener or by several together. */
export class Admission {
  readonly #most: number;
  readonly #evicts: boolean;
  readonly #open = new Set<Connection>();
  #refused = 0;

  /** `evicts`: instead of a new connection, the oldest one goes on which the client never spoke, or that is open for long. */
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
    const all = [...this.#open];
    const [oldest] = all;
    return (
      all.find(({ wire }) => wire.transcript.entries.every((entry) => !('from' in entry) || entry.from !== 'client')) ??
      (oldest !== undefined && now - oldest.openedAt > LONG ? oldest : undefined)
    );
  }
}

/** Milliseconds; most sessions of mail clients take less. */
const LONG = 10_000;
