import type { Connection } from '../endpoints/listener.js';
import type { WellKnownPort } from '../protocols/port-roles.js';
import type { Canaries } from '../verdict/canaries.js';
import type { CanaryHit, ConnectionRecord, Lookups } from '../verdict/visit.js';
import type { TranscriptEntry } from '../wire/entry.js';
import type { TranscriptOptions } from '../wire/transcript.js';
import { CanaryWatch } from './canary-watch.js';

/** A connection of a client, with its place in the scene. */
export interface Placed {
  /** Number in the scene; legs to a real server are counted too. */
  readonly id: number;
  readonly connection: Connection;
  readonly port: WellKnownPort;
  /** The number of the port that it came to. */
  readonly number: number;
  readonly endpoint: ConnectionRecord['endpoint'];
}

/** What was recorded of connections. */
export interface Records {
  readonly connections: readonly ConnectionRecord[];
  readonly hits: readonly CanaryHit[];
  /** Where the scene has DNS and web servers. */
  readonly lookups?: Lookups;
}

/** The connections of clients in one scene, until they are forgotten. */
export class ConnectionLog {
  readonly #watch: CanaryWatch;
  readonly #placed = new Map<number, Placed>();
  #count = 0;

  /** `others` are secrets of the session's other visits: value to visit number. */
  constructor(canaries: Canaries, others: ReadonlyMap<string, number>) {
    this.#watch = new CanaryWatch(canaries, others);
  }

  /** The next number for a connection or a leg. */
  number(): number {
    this.#count += 1;
    return this.#count;
  }

  /** Transcript options that let every byte of a connection be searched, and its handshakes; `onPassed` is told how many passed, and from whom. */
  searched(
    id: number,
    onPassed?: (from: 'client' | 'server', bytes: number, inside: boolean) => void,
  ): Pick<TranscriptOptions, 'onBytes' | 'tells'> {
    const look = this.#watch.connection(id);
    return {
      tells: (from, handshake) => this.#watch.tells(from, handshake),
      onBytes: (from, bytes, inside, entry) => {
        look(from, bytes, inside, entry);
        onPassed?.(from, bytes.length, inside);
      },
    };
  }

  add(placed: Placed): void {
    this.#placed.set(placed.id, placed);
  }

  /** Connections to the same endpoint and port role before this one on which the client spoke: silence is no connection. */
  spokenBefore(placed: Placed): number {
    return this.#others(placed).filter(hasSpoken).length;
  }

  /** 1 and the connections to the same endpoint and port role before this one on which the client spoke, or still may. */
  placeOf(placed: Placed): number {
    const isCounted = (each: Placed): boolean =>
      each.id < placed.id && (!each.connection.wire.ended || hasSpoken(each));
    return 1 + this.#others(placed).filter(isCounted).length;
  }

  /** There was a connection to the same endpoint and port role before this one, also a silent one. */
  isAgain(placed: Placed): boolean {
    return this.#others(placed).some(({ id }) => id < placed.id);
  }

  /** Another connection to the same endpoint and port role is open, whether the client has spoken on it or not. */
  isBeside(placed: Placed): boolean {
    return this.#others(placed).some(({ connection }) => !connection.wire.ended);
  }

  /** On a connection that is open the scenario says nothing, though something is due. */
  get isKeepingWaiting(): boolean {
    return [...this.#placed.values()].some(
      ({ connection }) => !connection.wire.ended && isLeftUnanswered(connection.wire.transcript.entries),
    );
  }

  #others({ id, endpoint, port }: Placed): Placed[] {
    return [...this.#placed.values()].filter(
      (each) => each.id !== id && each.endpoint === endpoint && each.port.role === port.role,
    );
  }

  /** Connections that are known, in the order in which they were opened. */
  get ids(): number[] {
    return [...this.#placed.keys()];
  }

  /** What was recorded of all connections to mail servers. */
  records(): Records {
    return { connections: this.#recordsWhere((record) => !isWeb(record)), hits: this.#watch.hits() };
  }

  /** What was recorded of connections to web servers. */
  webRecords(): ConnectionRecord[] {
    return this.#recordsWhere(isWeb);
  }

  #recordsWhere(holds: (record: ConnectionRecord) => boolean): ConnectionRecord[] {
    return [...this.#placed.values()].map(recordOf).filter(holds);
  }

  /** What was recorded of one connection; nothing if it was forgotten. */
  recordsOf(id: number): Records {
    const placed = this.#placed.get(id);
    return placed === undefined ? NOTHING : { connections: [recordOf(placed)], hits: this.#watch.hitsOf(id) };
  }

  /** Frees what is kept of a connection. */
  forget(id: number): void {
    this.#placed.delete(id);
    this.#watch.forget(id);
  }
}

/** The client sent a byte, or a ClientHello. */
export const hasSpoken = ({ connection: { wire } }: Placed): boolean =>
  // Its handshake is recorded when it is over; a client of TLS 1.3 may be back before that.
  wire.hasBegunTls ||
  wire.transcript.entries.some(
    (entry) =>
      (entry.kind === 'bytes' && entry.from === 'client') || (entry.kind === 'boundary' && entry.hello !== undefined),
  );

const isLeftUnanswered = (entries: readonly TranscriptEntry[]): boolean => {
  const silence = entries.findLastIndex(
    (entry) => entry.kind === 'note' && (entry.what === 'ignored' || entry.what === 'ungreeted'),
  );
  return silence !== -1 && !entries.slice(silence).some((entry) => entry.kind === 'bytes' && entry.from === 'server');
};

const recordOf = ({ id, connection, port, number, endpoint }: Placed): ConnectionRecord => ({
  id,
  endpoint,
  portRole: port.role,
  port: number,
  protocol: port.protocol,
  tls: port.tls,
  leg: 'client',
  openedAt: connection.openedAt,
  entries: connection.wire.transcript.entries,
  truncated: connection.wire.transcript.truncated,
  ...(connection.wire.transcript.wire && { wire: connection.wire.transcript.wire }),
});

const isWeb = ({ endpoint }: ConnectionRecord): boolean => endpoint === 'web' || endpoint === 'attacker-web';

const NOTHING: Records = { connections: [], hits: [] };
