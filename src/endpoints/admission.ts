import type { Connection } from './listener.js';
import { TURNS } from '../wire/turns.js';

/** How many connections are served at once, by one listener or by several together. */
export class Admission {
  readonly #most: number;
  readonly #evicts: boolean;
  readonly #open = new Set<Connection>();
  readonly #byAddress = new Map<string, Set<Connection>>();
  #refused = 0;

  /**
   * `evicts`: instead of a new connection, one goes of the address that has most: one on which the client never spoke, else
   * the one that is silent longest, else the oldest, else the one that took most of our time.
   */
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

  /** Whether there is room for one more from this address; makes it where it may. */
  hasRoom(now: number, address: string): boolean {
    if (this.#open.size < this.#most) return true;
    this.#refused += 1;
    const leaving = this.#evicts ? this.#leaving(now, address) : undefined;
    if (leaving === undefined) return false;
    leaving.wire.transcript.note({ what: 'overload', by: 'us', of: 'connections' });
    leaving.wire.destroy();
    this.leave(leaving);
    return true;
  }

  enter(connection: Connection): void {
    this.#open.add(connection);
    const { remoteAddress } = connection;
    const same = this.#byAddress.get(remoteAddress) ?? new Set();
    this.#byAddress.set(remoteAddress, same.add(connection));
  }

  leave(connection: Connection): void {
    this.#open.delete(connection);
    const same = this.#byAddress.get(connection.remoteAddress);
    same?.delete(connection);
    if (same?.size === 0) this.#byAddress.delete(connection.remoteAddress);
  }

  /** Who comes from elsewhere does not pay for an address from which a crowd comes. */
  #leaving(now: number, address: string): Connection | undefined {
    let crowd: ReadonlySet<Connection> = new Set();
    for (const each of this.#byAddress.values()) if (each.size > crowd.size) crowd = each;
    const mine = this.#byAddress.get(address)?.size ?? 0;
    if (mine >= crowd.size && TURNS.isOverloaded) return undefined;
    const [oldest] = crowd;
    // An address that has most already makes room for itself, or waits.
    return dispensable([...crowd], now) ?? (mine < crowd.size ? oldest : dispensable([...this.#open], now));
  }
}

/** Whom it hurts least, of connections in the order in which they were opened; undefined if all are at work. */
const dispensable = (connections: readonly Connection[], now: number): Connection | undefined => {
  const silent = connections.find(({ wire }) => wire.transcript.heardAt === undefined);
  if (silent !== undefined) return silent;
  const [oldest] = connections;
  const quiet = lowest(connections, ({ wire }) => wire.transcript.heardAt ?? 0);
  if (quiet !== undefined && now - (quiet.wire.transcript.heardAt ?? 0) > QUIET) return quiet;
  if (oldest !== undefined && now - oldest.openedAt > LONG) return oldest;
  const greediest = lowest(connections, ({ wire }) => -wire.taken);
  return greediest !== undefined && greediest.wire.taken > MUCH ? greediest : undefined;
};

const lowest = (connections: readonly Connection[], by: (connection: Connection) => number): Connection | undefined => {
  let found: Connection | undefined;
  let least = Infinity;
  for (const connection of connections) {
    const value = by(connection);
    if (value < least) [found, least] = [connection, value];
  }
  return found;
};

/** Milliseconds of silence; a client that is at work takes less. */
const QUIET = 1000;

/** Milliseconds; most sessions of mail clients take less. */
const LONG = 10_000;

/** Milliseconds of our own time; a client that logs in and sends a mail takes less. */
const MUCH = 40;
