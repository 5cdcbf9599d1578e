import type { Socket } from 'node:net';
import type { Answerer } from '../endpoints/answerer.js';
import { Fault } from '../fault.js';
import type { Offer, PortRole } from '../protocols/protocol.js';
import { connectTo } from '../proxy/connection.js';
import type { RealServer, ServerFacts, ServerPatience } from '../proxy/server.js';
import { OtherDoor } from '../proxy/other-door.js';
import { openBeforeTls } from '../proxy/opening.js';
import { splice } from '../proxy/splice.js';
import { tunnel } from '../proxy/tunnel.js';
import { Upstream } from '../proxy/upstream.js';
import type { ConnectionRecord } from '../verdict/visit.js';
import { Transcript, type TranscriptOptions } from '../wire/transcript.js';
import { Wire } from '../wire/wire.js';
import { unreadOf, type Case } from '../cases/case.js';
import { SplicedAnswers } from './spliced-answers.js';

/** What stands behind the middle seat, and how it is reached. */
export interface Through {
  readonly server: RealServer;
  /** Where the same server starts TLS in the other way; without it the named door is made to behave as the other one would. */
  readonly otherDoor?: RealServer;
  /** PEM of the authorities that the server's certificate is checked against; the system's by default. */
  readonly ca?: string;
  /**
   * What becomes of the client's TLS where no scenario interferes: `terminate` (the default) ends it here with a
   * certificate of the session's CA, `tunnel` passes it on, so that what is inside stays unseen.
   */
  readonly interception?: 'terminate' | 'tunnel';
  /** A real account of the server, for clients that waxseal starts; where absent the client has its own. */
  readonly account?: { readonly user: string; readonly password: string };
  /** Milliseconds to wait for the server. */
  readonly patience?: Partial<ServerPatience>;
}

interface Leg {
  readonly server: RealServer;
  readonly id: number;
  /** Number of the client's connection that it belongs to. */
  readonly of: number;
  readonly openedAt: number;
  readonly transcript: Transcript;
  /** What the real server did not give on this leg, in words. */
  readonly faults: string[];
}

/** What one connection of the client wants of the real server. */
export interface LegOptions {
  readonly id: number;
  readonly of: number;
  readonly plaintext: 'served' | 'refused';
  /** Changes what is offered inside TLS. */
  readonly inside?: (real: Offer) => Offer;
}

/** The real server behind one scene: a leg for each connection of the client, recorded like the client's own. */
export class MiddleSeat {
  /** What could not be had of the real server, or not be seen, in words. */
  readonly faults: string[] = [];
  readonly #through: Through;
  readonly #clock: () => number;
  readonly #keeps: Pick<TranscriptOptions, 'keepsWire' | 'onKeys'>;
  readonly #legs = new Map<number, Leg>();
  /** Legs to the server's other door, by the client's connection. */
  readonly #doors = new Map<number, Leg>();
  /** Connections to the server that are in use, also those whose leg is forgotten already: a late answer must hold nobody up. */
  readonly #inUse = new Set<{ readonly destroy: () => void }>();
  /** Other doors that are in use, by the leg that led to them. */
  readonly #open = new WeakMap<Upstream, OtherDoor>();
  #server: ServerFacts | undefined;
  #isStopped = false;

  constructor(through: Through, clock: () => number, keeps: Pick<TranscriptOptions, 'keepsWire' | 'onKeys'> = {}) {
    this.#through = through;
    this.#clock = clock;
    this.#keeps = keeps;
  }

  /** TLS of connections that no scenario interferes with passes through. */
  get tunnels(): boolean {
    return this.#through.interception === 'tunnel';
  }

  /** What was learnt of the server on the first leg that stood. */
  get facts(): ServerFacts | undefined {
    return this.#server;
  }

  /** Opens a leg for one connection of the client; undefined if the server can't be had, which is noted among the faults. */
  open({ id, of, plaintext, inside }: LegOptions): Promise<Upstream | undefined> {
    const { server, ca } = this.#through;
    const leg = this.#leg(id, of, server, this.#legs);
    return this.#tried(leg, async () => {
      const upstream = await this.#during((onConnected) =>
        Upstream.open({
          server,
          transcript: leg.transcript,
          plaintext,
          patience: this.#patience,
          onConnected,
          ...(ca !== undefined && { ca }),
          ...(inside && { inside }),
        }),
      );
      this.#server ??= upstream.facts;
      this.#inUse.add(upstream);
      return upstream;
    });
  }

  /** The answers of a real server, with its other door where one is known; `number` gives the number of a further connection. */
  answers(upstream: Upstream, of: number, number: () => number): Answerer {
    const { otherDoor, ca } = this.#through;
    if (otherDoor === undefined) return upstream;
    return new SplicedAnswers(upstream, () => {
      const leg = this.#leg(number(), of, otherDoor, this.#doors);
      return this.#tried(leg, async () => {
        const door = await this.#during((onConnected) =>
          OtherDoor.open({
            server: otherDoor,
            transcript: leg.transcript,
            patience: this.#patience,
            onConnected,
            ...(ca !== undefined && { ca }),
          }),
        );
        this.#open.set(upstream, door);
        this.#inUse.add(door);
        return door;
      });
    });
  }

  /** Says goodbye to the server on a leg whose client has ended. */
  close(upstream: Upstream): void {
    this.#inUse.delete(upstream);
    upstream.close();
    const door = this.#open.get(upstream);
    if (door === undefined) return;
    this.#inUse.delete(door);
    door.close();
  }

  /** Joins a connection of the client and the real server until both have ended; says whether the server could be had. */
  async join(client: Wire, { id, of }: Pick<LegOptions, 'id' | 'of'>, idle: number): Promise<boolean> {
    const leg = this.#leg(id, of, this.#through.server, this.#legs);
    const socket = await this.#tried(leg, () => connectTo(this.#through.server, this.#patience.connect));
    if (socket === undefined) return false;
    const wire = new Wire(socket, 'client', leg.transcript);
    await this.#during(async (connected) => {
      connected(wire);
      await tunnel({ client, server: wire, idle });
    });
    wire.destroy();
    return true;
  }

  /**
   * Joins the two as far as TLS, and the client's TLS, unread, to the server's other door: what is said inside is one reply apart.
   * Says whether the server could be had.
   */
  async splice(
    client: Wire,
    { id, of }: Pick<LegOptions, 'id' | 'of'>,
    number: () => number,
    idle: number,
  ): Promise<boolean> {
    const { server, otherDoor, ca } = this.#through;
    if (otherDoor === undefined) throw new Fault('HARNESS_BUG', 'there is no other door to splice to');
    // With implicit TLS, no word is said at the door that was called: only the other one is opened.
    const own = server.tls === 'implicit' ? undefined : this.#leg(id, of, server, this.#legs);
    const near = own && (await this.#tried(own, () => connectTo(server, this.#patience.connect)));
    if (own !== undefined && near === undefined) return false;
    return this.#during(async (connected) => {
      const wireOf = (socket: Socket, { transcript }: Leg): Wire => {
        const wire = new Wire(socket, 'client', transcript);
        connected(wire);
        return wire;
      };
      const openOther = async (): Promise<Wire | undefined> => {
        const leg = this.#leg(number(), of, otherDoor, this.#doors);
        const { transcript } = leg;
        return this.#tried(leg, async () =>
          otherDoor.tls === 'implicit'
            ? wireOf(await connectTo(otherDoor, this.#patience.connect), leg)
            : await openBeforeTls({
                server: otherDoor,
                transcript,
                patience: this.#patience,
                onConnected: connected,
                ...(ca !== undefined && { ca }),
              }),
        );
      };
      const used = await splice({
        client,
        ...(near !== undefined && own !== undefined && { near: wireOf(near, own) }),
        openOther,
        idle,
      });
      for (const wire of used) wire.destroy();
      return used.length > 0;
    });
  }

  /** A scenario wanted the inside of TLS that is to pass through. */
  missInside(connection: number): void {
    this.#legs.get(connection)?.faults.push(NEEDS_INSIDE);
    this.#fault(NEEDS_INSIDE);
  }

  /** A connection to the server is in use as long as this work lasts. */
  async #during<T>(work: (connected: (wire: Wire) => void) => Promise<T>): Promise<T> {
    const used: Wire[] = [];
    try {
      return await work((wire) => {
        used.push(wire);
        this.#inUse.add(wire);
        if (this.#isStopped) wire.destroy();
      });
    } finally {
      for (const wire of used) this.#inUse.delete(wire);
    }
  }

  get #patience(): ServerPatience {
    return { ...PATIENCE, ...this.#through.patience };
  }

  #leg(id: number, of: number, server: RealServer, legs: Map<number, Leg>): Leg {
    const transcript = new Transcript(this.#clock, this.#keeps);
    const leg: Leg = { server, id, of, openedAt: transcript.now(), transcript, faults: [] };
    legs.set(of, leg);
    return leg;
  }

  async #tried<T>(leg: Leg, attempt: () => Promise<T>): Promise<T | undefined> {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
      leg.transcript.note({ what: 'server-unreachable', by: 'server', reason: error.message });
      leg.faults.push(error.message);
      this.#fault(error.message);
      return undefined;
    }
  }

  #fault(text: string): void {
    if (!this.faults.includes(text) && this.faults.length < MOST_FAULTS) this.faults.push(text);
  }

  /** The legs as records. */
  records(portRole: PortRole): ConnectionRecord[] {
    return [...this.#legs.values(), ...this.#doors.values()].map((leg) => this.#recordOf(leg, portRole));
  }

  /** The leg of one connection of the client as a record; nothing if there is none. */
  recordsOf(connection: number, portRole: PortRole): ConnectionRecord[] {
    return this.#legsOf(connection).map((leg) => this.#recordOf(leg, portRole));
  }

  /** What the real server did not give on the leg of one connection of the client. */
  faultsOf(connection: number): readonly string[] {
    return this.#legsOf(connection).flatMap(({ faults }) => faults);
  }

  #legsOf(connection: number): Leg[] {
    return [this.#legs.get(connection), this.#doors.get(connection)].filter((leg) => leg !== undefined);
  }

  /** Frees what is kept of the leg of a connection that has ended. */
  forget(connection: number): void {
    this.#legs.delete(connection);
    this.#doors.delete(connection);
  }

  #recordOf({ server, id, openedAt, transcript }: Leg, portRole: PortRole): ConnectionRecord {
    return {
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
      ...(transcript.wire && { wire: transcript.wire }),
    };
  }

  stop(): void {
    this.#isStopped = true;
    for (const each of this.#inUse) each.destroy();
  }
}

/** Why a case is not possible where TLS passes through; undefined if it is. */
export const insideNeeded = (one: Case, { otherDoor }: Pick<Through, 'otherDoor'>): string | undefined => {
  const { scenario } = one;
  const unread = unreadOf(one);
  if (unread === 'spliced' && otherDoor === undefined) return NEEDS_OTHER_DOOR;
  if (unread !== undefined) return undefined;
  const { certificate = 'good', laterCertificate = certificate, tamper, inside, comparesWith } = scenario;
  const needs =
    certificate !== 'good' ||
    laterCertificate !== 'good' ||
    tamper.insideTls !== undefined ||
    inside !== undefined ||
    comparesWith !== undefined;
  return needs ? NEEDS_INSIDE : undefined;
};

const NEEDS_OTHER_DOOR = 'needs the server’s other port, with STARTTLS or with implicit TLS: name it with --other-door';
const NEEDS_INSIDE = 'needs to see inside TLS: use --interception terminate, with a client that trusts {ca}';
const MOST_FAULTS = 50;
const PATIENCE: ServerPatience = { connect: 5000, handshake: 5000, answer: 10_000 };
