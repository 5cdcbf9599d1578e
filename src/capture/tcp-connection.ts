import type { Party } from '../wire/entry.js';
import type { CapturedConnection, Endpoint } from './connection.js';
import { MailFlow, type MailFlowOptions } from './mail-flow.js';
import type { Segment } from './packet.js';
import { TcpStream, type StreamEvent } from './tcp-stream.js';

/** One TCP connection of a capture, both directions. */
export class TcpConnection {
  readonly #client: Endpoint;
  readonly #streams: Record<Party, TcpStream> = { client: new TcpStream(), server: new TcpStream() };
  readonly #flow: MailFlow;
  readonly #ended: Record<Party, boolean> = { client: false, server: false };
  readonly #initial: number;
  #wasReset = false;
  readonly #finished = new Set<Party>();

  /** `first` is the first segment that was captured. */
  constructor(first: Segment, at: number, options: Pick<MailFlowOptions, 'keys' | 'anchors'>) {
    const fromClient = isClients(first);
    const [client, server] = fromClient ? [sourceOf(first), targetOf(first)] : [targetOf(first), sourceOf(first)];
    this.#client = client;
    this.#initial = first.sequence;
    const startSeen = first.syn && first.acknowledges === undefined;
    this.#flow = new MailFlow({ ...options, client, server, openedAt: at, startSeen });
  }

  /** Nothing needs to be held of it. */
  get isOther(): boolean {
    return this.#flow.isOther;
  }

  get isOver(): boolean {
    return this.#wasReset || this.#finished.size === 2 || (this.#streams.client.isOver && this.#streams.server.isOver);
  }

  /** Bytes that it holds, about. */
  get held(): number {
    const { client, server } = this.#streams;
    return OF_A_CONNECTION + (this.isOther ? 0 : client.held + server.held + this.#flow.held);
  }

  /** Whether a SYN begins another connection between the same ports. */
  isReplacedBy({ syn, acknowledges, sequence, payload }: Segment): boolean {
    return syn && acknowledges === undefined && payload.length === 0 && sequence !== this.#initial;
  }

  /** Takes a segment. */
  segment(segment: Segment, at: number): void {
    if (this.isOther) {
      this.#letGo(segment);
      return;
    }
    const from = this.#from(segment);
    const other = from === 'client' ? 'server' : 'client';
    const { sequence, acknowledges, payload, missing, fin, syn, reset } = segment;
    // What the other side had said when this was sent comes before it.
    if (acknowledges !== undefined && !reset) this.#tell(other, this.#streams[other].acknowledged(acknowledges), at);
    if (syn) this.#streams[from].start((sequence + 1) >>> 0);
    else if (reset) {
      if (!this.#wasReset) this.#endWith(from, 'reset', at);
      this.#wasReset = true;
    } else this.#tell(from, this.#streams[from].segment(sequence, payload, missing, fin), at);
    if (this.#flow.isSealed) {
      this.#streams.client.stopComparing();
      this.#streams.server.stopComparing();
    }
    for (const side of ['client', 'server'] as const)
      if (this.#streams[side].isOver && !this.#ended[side]) this.#endWith(side, 'fin', at);
  }

  /** Of what is no mail, only the end is waited for. */
  #letGo(segment: Segment): void {
    if (this.#streams.client.held + this.#streams.server.held > 0) {
      this.#streams.client = new TcpStream();
      this.#streams.server = new TcpStream();
    }
    if (segment.reset) this.#wasReset = true;
    if (segment.fin) this.#finished.add(this.#from(segment));
  }

  /** What was seen of it; undefined where it is no mail. */
  conclude(at: number, why: 'end' | 'limit'): CapturedConnection | undefined {
    if (this.isOther) return undefined;
    for (const side of ['client', 'server'] as const) this.#tell(side, this.#streams[side].finish(), at);
    const contradicts = this.#streams.client.contradicts || this.#streams.server.contradicts;
    const end = this.#wasReset ? 'reset' : this.isOver ? 'closed' : why === 'limit' ? 'limit' : 'open';
    return this.#flow.conclude(end, contradicts);
  }

  #endWith(from: Party, how: 'fin' | 'reset', at: number): void {
    this.#ended[from] = true;
    this.#flow.ended(from, how, at);
  }

  #tell(from: Party, events: readonly StreamEvent[], at: number): void {
    for (const event of events)
      if (event.kind === 'bytes') this.#flow.bytes(from, event.bytes, at);
      else this.#flow.lost(from, event.count, at);
  }

  #from({ source, sourcePort }: Segment): Party {
    return source === this.#client.address && sourcePort === this.#client.port ? 'client' : 'server';
  }
}

const sourceOf = ({ source, sourcePort }: Segment): Endpoint => ({ address: source, port: sourcePort });
const targetOf = ({ destination, destinationPort }: Segment): Endpoint => ({
  address: destination,
  port: destinationPort,
});

/** Who sent the first segment that was seen: a SYN tells; else servers have the lower port. */
const isClients = ({ syn, acknowledges, sourcePort, destinationPort }: Segment): boolean =>
  syn ? acknowledges === undefined : sourcePort > destinationPort;

/** Bytes of its own objects, about. */
const OF_A_CONNECTION = 1024;
