import { Fault } from '../fault.js';
import { WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import type { PortRole } from '../protocols/protocol.js';
import type { RealServer, ServerFacts, ServerPatience } from '../proxy/server.js';
import { Upstream } from '../proxy/upstream.js';
import type { ConnectionRecord } from '../verdict/visit.js';
import { Transcript } from '../wire/transcript.js';

/** What stands behind the middle seat, and how it is reached. */
export interface Through {
  readonly server: RealServer;
  /** PEM of the authorities that the server's certificate is checked against; the system's unless told. */
  readonly ca?: string;
  /** A real account of the server, for clients that waxseal starts; where absent the client has its own. */
  readonly account?: { readonly user: string; readonly password: string };
  /** Milliseconds to wait for the server. */
  readonly patience?: Partial<ServerPatience>;
}

interface Leg {
  readonly id: number;
  readonly openedAt: number;
  readonly transcript: Transcript;
  upstream?: Upstream;
}

/** The real server behind one scene: a leg for each connection of the client, recorded like the client's own. */
export class MiddleSeat {
  /** What could not be had of the real server, in words. */
  readonly faults: string[] = [];
  readonly #through: Through;
  readonly #clock: () => number;
  readonly #legs: Leg[] = [];

  constructor(through: Through, clock: () => number) {
    this.#through = through;
    this.#clock = clock;
  }

  /** What was learnt of the server on the first leg that stood. */
  get facts(): ServerFacts | undefined {
    return this.#legs.find((leg) => leg.upstream !== undefined)?.upstream?.facts;
  }

  /** Opens a leg for one connection of the client; undefined if the server can't be had, which is noted among the faults. */
  async open(id: number, plaintext: 'served' | 'refused'): Promise<Upstream | undefined> {
    const { server, ca, patience } = this.#through;
    const transcript = new Transcript(this.#clock);
    const leg: Leg = { id, openedAt: transcript.now(), transcript };
    this.#legs.push(leg);
    try {
      leg.upstream = await Upstream.open({ server, transcript, plaintext, patience: { ...PATIENCE, ...patience }, ...(ca !== undefined && { ca }) });
      return leg.upstream;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      transcript.note(error.message);
      this.faults.push(error.message);
      return undefined;
    }
  }

  /** The legs as records. */
  records(portRole: PortRole): ConnectionRecord[] {
    const { server } = this.#through;
    return this.#legs.map(({ id, openedAt, transcript }) => ({
      id,
      endpoint: 'own',
      portRole,
      port: server.port,
      protocol: server.protocol,
      tls: server.tls,
      leg: 'server',
      openedAt,
      entries: transcript.entries,
      truncated: transcript.truncated,
    }));
  }

  stop(): void {
    for (const { upstream } of this.#legs) upstream?.destroy();
  }
}

/** The port role that a server's port stands for: its own where that is well known, else the usual one of its protocol and mode. */
export const roleOfServer = ({ port, protocol, tls }: RealServer): PortRole | undefined =>
  (WELL_KNOWN_PORTS.find((each) => each.port === port && each.protocol === protocol && each.tls === tls) ?? WELL_KNOWN_PORTS.findLast((each) => each.protocol === protocol && each.tls === tls))?.role;

const PATIENCE: ServerPatience = { connect: 5000, handshake: 5000, answer: 10_000 };
