import { Fault } from '../fault.js';
import type { KeyLog } from '../tls/key-log.js';
import { CaptureReader, type Frame } from './capture-reader.js';
import type { CapturedConnection } from './connection.js';
import { Fragments } from './fragments.js';
import { ipPacketIn, segmentIn, TCP } from './packet.js';
import { TcpConnection } from './tcp-connection.js';

/** How a capture is read. */
export interface CaptureOptions {
  /** The file's, for messages. */
  readonly name: string;
  /** Secrets of TLS sessions; those that the capture holds itself are added. */
  readonly keys: KeyLog;
  /** PEM; certificates are checked against them and the roots that Node carries. */
  readonly anchors?: readonly string[] | undefined;
  /** Told of each mail connection once it is over, or the capture. */
  readonly connection: (connection: CapturedConnection) => void;
  /** Connections that are followed at once, 20,000 by default. */
  readonly mostConnections?: number;
  /** Bytes that are held at once, 256 MiB by default. */
  readonly mostHeld?: number;
}

/** What a capture held besides mail connections. */
export interface CaptureSummary {
  readonly frames: number;
  readonly segments: number;
  readonly connections: number;
  /** Connections that are no mail. */
  readonly others: number;
  /** Connections that were given up because too many were open at once, or held too much. */
  readonly givenUp: number;
  /** IP packets whose pieces were not all there. */
  readonly fragmentsLost: number;
  /** Frames of kinds of links that are not read. */
  readonly unsupported: number;
}

/** Reads a capture piece by piece, and tells of its mail connections. Memory is bounded, however large the capture is. */
export class Capture {
  readonly #options: CaptureOptions;
  readonly #reader: CaptureReader;
  readonly #fragments = new Fragments();
  /** The least recently seen first. */
  readonly #open = new Map<string, TcpConnection>();
  readonly #sizes = new Map<TcpConnection, number>();
  /** Connections that are over, the oldest first. */
  readonly #over = new Set<string>();
  #held = 0;
  #now = 0;
  #frames = 0;
  #segments = 0;
  #connections = 0;
  #others = 0;
  #givenUp = 0;
  #unsupported = 0;

  constructor(options: CaptureOptions) {
    this.#options = options;
    this.#reader = new CaptureReader(options.name, {
      frame: (frame) => {
        this.#frame(frame);
      },
      keylog: (text) => {
        options.keys.add(text);
      },
    });
  }

  get summary(): CaptureSummary {
    return {
      frames: this.#frames,
      segments: this.#segments,
      connections: this.#connections,
      others: this.#others,
      givenUp: this.#givenUp,
      fragmentsLost: this.#fragments.givenUp,
      unsupported: this.#unsupported,
    };
  }

  /** Takes the next bytes of the file; throws `CORRUPT_RECORDING` where they cannot be read. */
  push(bytes: Buffer): void {
    this.#reader.push(bytes);
  }

  /** The file is over, or cannot be read further: tells of what is still open, then throws where the file is not whole. */
  end(): void {
    this.conclude();
    this.#reader.end();
    if (this.#frames > 0 && this.#unsupported === this.#frames)
      throw new Fault(
        'CORRUPT_RECORDING',
        `${JSON.stringify(this.#options.name)} was captured on a kind of link that is not supported; supported: Ethernet, Linux cooked (v1, v2), raw IP, loopback`,
      );
  }

  /** Tells of the connections that are still open. */
  conclude(): void {
    for (const [key, connection] of this.#open) this.#conclude(key, connection, 'end');
    this.#fragments.end();
  }

  #frame({ link, bytes, at }: Frame): void {
    this.#frames += 1;
    if (at > 0) this.#now = at;
    const found = ipPacketIn(link, bytes);
    if (found === 'unsupported') this.#unsupported += 1;
    if (found === undefined || found === 'unsupported') return;
    const packet = this.#fragments.push(found);
    const segment = packet?.carries === TCP ? segmentIn(packet) : undefined;
    if (segment === undefined) return;
    this.#segments += 1;
    const ends = [
      `${segment.source} ${String(segment.sourcePort)}`,
      `${segment.destination} ${String(segment.destinationPort)}`,
    ];
    const key = ends.sort().join(' ');
    const known = this.#open.get(key);
    if (known?.isReplacedBy(segment) === true) this.#conclude(key, known, 'end');
    const open = this.#open.get(key);
    // A repetition, a reset or the last acknowledgement of a connection that is over begins none.
    if (open === undefined && !segment.syn && (segment.payload.length === 0 || this.#over.has(key))) return;
    if (segment.syn) this.#over.delete(key);
    const connection = open ?? new TcpConnection(segment, this.#now, this.#options);
    if (open === undefined) this.#connections += 1;
    this.#open.delete(key);
    this.#open.set(key, connection);
    connection.segment(segment, this.#now);
    this.#weigh(connection);
    if (connection.isOver) this.#conclude(key, connection, 'end');
    this.#limit();
  }

  #weigh(connection: TcpConnection): void {
    const { held } = connection;
    this.#held += held - (this.#sizes.get(connection) ?? 0);
    this.#sizes.set(connection, held);
  }

  #limit(): void {
    const { mostConnections = 20_000, mostHeld = 256 * 1024 * 1024 } = this.#options;
    for (const [key, connection] of this.#open) {
      if (this.#open.size <= mostConnections && this.#held <= mostHeld) return;
      if (!connection.isOther) this.#givenUp += 1;
      this.#conclude(key, connection, 'limit');
    }
  }

  #conclude(key: string, connection: TcpConnection, why: 'end' | 'limit'): void {
    this.#open.delete(key);
    this.#held -= this.#sizes.get(connection) ?? 0;
    this.#sizes.delete(connection);
    this.#over.add(key);
    for (const oldest of this.#over)
      if (this.#over.size > MOST_OVER) this.#over.delete(oldest);
      else break;
    const seen = connection.conclude(this.#now, why);
    if (seen === undefined) this.#others += 1;
    else this.#options.connection(seen);
  }
}

const MOST_OVER = 20_000;

/** Reads nothing of a capture but the secrets that it holds itself: they may stand behind the packets that they open. */
export class CaptureSecrets {
  readonly #reader: CaptureReader;

  constructor(name: string, keys: KeyLog) {
    this.#reader = new CaptureReader(name, {
      frame: () => undefined,
      keylog: (text) => {
        keys.add(text);
      },
    });
  }

  /** Takes the next bytes of the file; throws `CORRUPT_RECORDING` where they cannot be read. */
  push(bytes: Buffer): void {
    this.#reader.push(bytes);
  }
}
