import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Conversation } from '../endpoints/conversation.js';
import type { ListenerOptions } from '../endpoints/listener.js';
import type { MomentContext, Tamper } from '../endpoints/tamper.js';
import type { Site } from '../place/place.js';
import protocols from '../protocols/index.js';
import { COMMON_PORTS, portOf, type WellKnownPort } from '../protocols/port-roles.js';
import type { ServerFacts } from '../proxy/server.js';
import type { EndpointNames } from '../tls/permitted-names.js';
import { attackers, certificateOn, certificatesOf, conductOf, HONEST, ownConduct } from './conduct.js';
import { ConnectionLog, type Placed, type Records } from './connection-log.js';
import { Contexts } from './contexts.js';
import { honestAnswers } from './honest-answers.js';
import { MiddleSeat } from './middle-seat.js';
import { DiscoveryServers } from './discovery-servers.js';
import { OpenPorts } from './open-ports.js';
import type { Course, SceneOptions } from './scene-options.js';
import { openStranger, type Stranger } from './stranger.js';

/** The endpoints of one visit: the client's own one, tampered, and in a cell an endpoint for every other port role. */
export class Scene implements AsyncDisposable {
  readonly #options: SceneOptions;
  readonly #ports: OpenPorts;
  readonly #log: ConnectionLog;
  readonly #contexts: Contexts;
  readonly #middle: MiddleSeat | undefined;
  readonly #bugs = new Map<number, unknown>();
  #own = 0;
  /** Where the attacker's own server listens. */
  #attacker: MomentContext['attacker'];
  #stranger: Stranger | undefined;
  #discovery: DiscoveryServers | undefined;

  private constructor(options: SceneOptions, contexts: Contexts) {
    this.#options = options;
    this.#contexts = contexts;
    this.#ports = new OpenPorts(options.site, (port, endpoint, number) => this.#listenerOf(port, endpoint, number));
    this.#log = new ConnectionLog(options.canaries, options.others);
    this.#middle =
      options.through === undefined
        ? undefined
        : new MiddleSeat(options.through, options.clock, {
            ...(options.keepsServerWire && { keepsWire: true }),
            onKeys: options.onKeys,
          });
  }

  static async open(options: SceneOptions): Promise<Scene> {
    const { one, cases = [one], authority, handshake, names = namesOf(options.site) } = options;
    const recipes = [
      'good' as const,
      ...cases.flatMap((each) => [...certificatesOf(ownConduct(each)), ...attackers(each).flatMap(certificatesOf)]),
    ];
    const scene = new Scene(
      options,
      options.presented === undefined
        ? await Contexts.issue(authority, names, recipes, {
            handshake,
            oldest: options.endpointTls,
            namesAskedFor: options.namesAskedFor,
            handmade: cases.some(({ scenario }) => scenario.makesHandshakes === true),
          })
        : Contexts.presenting(options.presented, recipes, handshake),
    );
    try {
      await scene.#open();
    } catch (error) {
      await scene.stop();
      throw error;
    }
    return scene;
  }

  /** The port of the client's own endpoint. */
  get port(): number {
    return this.#own;
  }

  /** DNS and web servers tell clients of the mail server. */
  get hasDiscovery(): boolean {
    return this.#discovery !== undefined;
  }

  /** Takes a connection that was accepted elsewhere, where nothing listens. */
  admit(socket: Socket): void {
    this.#ports.admit(socket);
  }

  /** What the real server behind the middle seat did not give, in words. */
  get faults(): readonly string[] {
    return [...(this.#middle?.faults ?? [])];
  }

  /** What was learnt of the real server behind the middle seat, once a leg stood. */
  get server(): ServerFacts | undefined {
    return this.#middle?.facts;
  }

  /** Connections that were not forgotten. */
  get connections(): readonly number[] {
    return this.#log.ids;
  }

  /** What was recorded, in the order in which connections were opened. */
  records(): Records {
    const { connections, hits } = this.#log.records();
    const legs = this.#middle?.records(this.#options.one.portRole) ?? [];
    const names = this.#discovery?.names;
    return {
      connections: [...connections, ...legs].toSorted((a, b) => a.id - b.id),
      hits,
      ...(names && { lookups: { names, web: this.#log.webRecords() } }),
    };
  }

  /** What was recorded of one connection of the client and its leg to the real server. */
  recordsOf(id: number): Records {
    const { connections, hits } = this.#log.recordsOf(id);
    const legs = this.#middle?.recordsOf(id, this.#options.one.portRole) ?? [];
    return { connections: [...connections, ...legs], hits };
  }

  /** What the real server did not give on one connection, in words. */
  faultsOf(id: number): readonly string[] {
    return this.#middle?.faultsOf(id) ?? [];
  }

  /** What waxseal itself threw while it played connections, by number: a rule that fails must cost nobody else's result. */
  get bugs(): ReadonlyMap<number, unknown> {
    return this.#bugs;
  }

  /** Frees what is kept of a connection that has ended: a scene that lives long must not grow. */
  forget(id: number): void {
    this.#log.forget(id);
    this.#middle?.forget(id);
    this.#bugs.delete(id);
  }

  /** A client waits on a connection on which the scenario does not answer it. */
  get isKeepingWaiting(): boolean {
    return this.#log.isKeepingWaiting;
  }

  /**
   * All connections so far are served and closed; false if that took longer than `timeout` ms.
   * A client in this process that came to rest may keep connections open (pools, IDLE): these are ended from our side first.
   */
  async drain(timeout: number, rested: boolean): Promise<boolean> {
    if (!rested) return this.#drained(timeout);
    if (await this.#drained(LINGER)) return true;
    this.farewell();
    return this.#drained(timeout);
  }

  async #drained(timeout: number): Promise<boolean> {
    return (await Promise.all(this.#servers.map((each) => each.drain(timeout)))).every(Boolean);
  }

  get #servers(): readonly Pick<OpenPorts, 'drain' | 'farewell' | 'stop'>[] {
    return [this.#ports, this.#stranger?.ports, this.#discovery].filter((each) => each !== undefined);
  }

  /** Ends every open connection from our side, as for a client that rests: what it does when it is ended is no answer to an attack. */
  farewell(): void {
    for (const each of this.#servers) each.farewell();
  }

  async stop(): Promise<void> {
    this.#middle?.stop();
    await Promise.all(this.#servers.map((each) => each.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #open(): Promise<void> {
    const { one, site, port: wanted } = this.#options;
    const own = portOf(one.portRole);
    // A managesieve client may be told `implicit`, a relay client 25: the role names the port, the case names the mode.
    if (wanted === 'handed-in') {
      this.#ports.unbound({ ...own, tls: one.tls });
      return;
    }
    this.#own = await this.#ports.bind({ ...own, tls: one.tls }, 'own', wanted);
    if (one.scenario.attacker === true) {
      const port = await this.#ports.bind({ ...own, tls: 'starttls' }, 'attacker', 0);
      this.#attacker = { host: site.addresses[0], port };
    }
    if (one.scenario.attacker === 'verified')
      this.#stranger = await openStranger(this.#options, one, (...where) => this.#listenerOf(...where));
    await this.#openDiscovery();
    // In the middle seat one server is behind us: the other ports of its host are not opened.
    if (site.port(own.port) === 0 || this.#middle !== undefined) return;
    for (const port of COMMON_PORTS) if (port.role !== own.role) await this.#ports.bind(port, 'other');
  }

  async #openDiscovery(): Promise<void> {
    const { one, site, presented, authority, canaries, clock, idle, handshake } = this.#options;
    const { domain, attacker } = site;
    if (domain === undefined || attacker === undefined || presented !== undefined || this.#middle !== undefined) return;
    const port = { ...portOf(one.portRole), tls: one.tls };
    const ids = new Map<string, number>();
    this.#discovery = await DiscoveryServers.open({
      one,
      site: { ...site, domain, attacker },
      authority,
      user: canaries.user,
      clock,
      idle,
      handshake,
      transcript: (whose, number) => (ordinal) => {
        const mine = this.#log.number();
        ids.set([whose, number, ordinal].join(' '), mine);
        return this.#log.searched(mine, () => this.#options.onActivity?.());
      },
      onConnection: (connection, whose, number) => {
        this.#options.onConnection?.();
        const endpoint = whose === 'domain' ? 'web' : 'attacker-web';
        const id = ids.get([whose, number, connection.ordinal].join(' ')) ?? 0;
        this.#log.add({ id, connection, port, number, endpoint });
      },
    });
  }

  #listenerOf(
    port: WellKnownPort,
    endpoint: Placed['endpoint'],
    number: () => number,
  ): Omit<ListenerOptions, 'host' | 'port'> {
    const { allows, bounds = {}, clock, keepsWire, onKeys, onActivity, onClientBytes, onConnection } = this.#options;
    const { kept, ...bound } = bounds;
    /** By the listener's own number. */
    const ids = new Map<number, number>();
    return {
      clock,
      ...bound,
      ...(allows && { allows }),
      transcript: (ordinal) => {
        const mine = this.#log.number();
        ids.set(ordinal, mine);
        return {
          ...kept?.(),
          ...(keepsWire && { keepsWire }),
          onKeys,
          ...this.#log.searched(mine, (from, bytes, inside) => {
            onActivity?.();
            if (from === 'client') onClientBytes?.(mine, bytes, inside);
          }),
        };
      },
      serve: async (connection) => {
        onConnection?.();
        const placed: Placed = {
          id: ids.get(connection.ordinal) ?? 0,
          connection,
          port,
          number: number(),
          endpoint,
        };
        this.#log.add(placed);
        try {
          await this.#serve(placed);
        } catch (error) {
          this.#bugs.set(placed.id, error);
          connection.wire.transcript.note({ what: 'failed', by: 'us' });
          connection.wire.destroy();
        }
      },
      onEnd: (connection) => {
        const ended = ids.get(connection.ordinal);
        ids.delete(connection.ordinal);
        if (ended !== undefined) this.#options.onConnectionEnd?.(ended);
      },
    };
  }

  #courseOf(placed: Placed): Course {
    const { one, course, control, withheld } = this.#options;
    if (course !== undefined && placed.endpoint === 'own') return course(placed);
    return {
      one,
      untouched: false,
      ordinal: 1 + this.#log.spokenBefore(placed),
      ...(control && { control }),
      ...(withheld && { withheld }),
    };
  }

  /** The end of a connection that was closed before this one was opened may lie in the same turn of the event loop as this one. */
  async #isBeside(placed: Placed): Promise<boolean> {
    // A course counts the connections of each client by itself.
    if (this.#options.course !== undefined || !this.#log.isBeside(placed)) return false;
    await turn();
    return this.#log.isBeside(placed);
  }

  async #serve(placed: Placed): Promise<void> {
    const { id, connection, port, endpoint } = placed;
    const { canaries, idle } = this.#options;
    const course = this.#courseOf(placed);
    const { one, untouched, ordinal, control, withheld, otherLogins = this.#options.otherLogins } = course;
    const beside = await this.#isBeside(placed);
    // A course counts the connections of each client by itself.
    const place = this.#options.course === undefined ? this.#log.placeOf(placed) : ordinal;
    const { plaintext = HONEST.plaintext } = this.#options;
    const conduct = untouched ? { ...HONEST, plaintext } : conductOf(one, endpoint, control);
    const honest = await honestAnswers(
      { options: this.#options, middle: this.#middle, number: () => this.#log.number() },
      placed,
      conduct,
      otherLogins,
    );
    if (honest === undefined) return;
    const protocol = protocols[port.protocol];
    try {
      await new Conversation({
        wire: connection.wire,
        protocol,
        answerer: honest.answerer,
        tls: (recipe, served) => {
          if (this.#middle?.tunnels === true) this.#middle.missInside(id);
          const contexts = (endpoint === 'attacker' ? this.#stranger?.contexts : undefined) ?? this.#contexts;
          return contexts.of(recipe ?? certificateOn(conduct, { ordinal, beside, place }), served);
        },
        handmade: () => this.#contexts.handmade,
        tamper: conduct.tamper as Tamper,
        context: {
          protocol,
          mode: port.tls,
          ordinal,
          place,
          ...(beside && { beside }),
          ...(this.#options.course === undefined && this.#log.isAgain(placed) && { again: true }),
          portRole: port.role,
          ...(control && { control }),
          ...(withheld && { withheld }),
          canaries,
          ...(this.#attacker && { attacker: this.#attacker }),
          insideOffer: honest.inside,
          variant: one.variant,
        },
        idle,
        keepsMail: this.#options.mail !== undefined,
        ...(this.#middle !== undefined && { longestMail: Infinity }),
      }).run();
    } finally {
      honest.close?.();
    }
  }
}

/** What the certificates of a site are for, where nothing else is said. */
const namesOf = ({ host, addresses }: Site): EndpointNames => ({
  dns: [...new Set([isAddress(host) ? 'localhost' : host, 'localhost'])],
  ip: [...addresses],
});

const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host);

/** Milliseconds that a client which came to rest has to close its connections. */
const LINGER = 200;
