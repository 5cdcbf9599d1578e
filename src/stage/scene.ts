import { createSecureContext, type SecureContext } from 'node:tls';
import { constants } from 'node:crypto';
import { Conversation, type Answerer } from '../endpoints/conversation.js';
import { honestInside, honestSettings } from '../endpoints/honest.js';
import { Listener, type Connection } from '../endpoints/listener.js';
import type { Tamper } from '../endpoints/tamper.js';
import type { Site } from '../place/place.js';
import protocols from '../protocols/index.js';
import { COMMON_PORTS, portOf, type WellKnownPort } from '../protocols/port-roles.js';
import type { Offer } from '../protocols/protocol.js';
import type { ServerFacts } from '../proxy/server.js';
import type { Authority } from '../tls/certificate-authority.js';
import type { RecipeName } from '../tls/certificate-recipes.js';
import type { EndpointNames } from '../tls/permitted-names.js';
import type { Canaries } from '../verdict/canaries.js';
import type { CanaryHit, ConnectionRecord, ControlFacts } from '../verdict/visit.js';
import type { ServerTls } from '../wire/upgrade.js';
import type { Wire } from '../wire/wire.js';
import type { Variant } from '../scenarios/scenario.js';
import { CanaryWatch } from './canary-watch.js';
import type { Case } from '../cases/case.js';
import { MiddleSeat, type Through } from './middle-seat.js';

/** What a scene needs to stand up. */
export interface SceneOptions {
  readonly one: Case;
  readonly site: Site;
  readonly canaries: Canaries;
  /** Secrets of the session's other visits: value to visit number. */
  readonly others: ReadonlyMap<string, number>;
  readonly authority: Authority;
  readonly control?: ControlFacts;
  readonly clock: () => number;
  /** Milliseconds of silence after which a connection is given up. */
  readonly idle: number;
  /** Milliseconds for a handshake. */
  readonly handshake: number;
  /** Called for every connection. */
  readonly onConnection?: () => void;
  /** The real server whose answers are passed on: the middle seat. */
  readonly through?: Through;
  /** The first connection goes untouched: a client's control, in front of the scenario. */
  readonly untouchedFirst?: boolean;
  /** What the certificates are for, where clients know the endpoint by other names than the site's. */
  readonly names?: EndpointNames;
  /** Clients at other addresses are turned away. */
  readonly allows?: (address: string) => boolean;
  /** A connection of the client, with its leg to the real server, has ended. */
  readonly onConnectionEnd?: (id: number) => void;
}

interface Opened {
  readonly port: WellKnownPort;
  readonly own: boolean;
  readonly listener: Listener;
}

interface Placed {
  readonly id: number;
  readonly connection: Connection;
  readonly port: WellKnownPort;
  readonly number: number;
  readonly endpoint: ConnectionRecord['endpoint'];
}

/** Whoever gives the honest answers on one connection. */
interface Honest {
  readonly answerer: Answerer;
  readonly inside: Offer;
  readonly close?: () => void;
}

/** How an endpoint behaves. */
interface Rules {
  readonly tamper: Tamper<never>;
  readonly plaintext: 'served' | 'refused';
}

/** The endpoints of one visit: the client's own one, tampered, and in a cell an endpoint for every other port role. */
export class Scene implements AsyncDisposable {
  readonly #options: SceneOptions;
  readonly #opened: Opened[] = [];
  readonly #connections: Placed[] = [];
  readonly #watch: CanaryWatch;
  readonly #contexts = new Map<RecipeName, ServerTls>();
  readonly #middle: MiddleSeat | undefined;
  #control: ControlFacts | undefined;
  #own = 0;
  #count = 0;

  private constructor(options: SceneOptions) {
    this.#options = options;
    this.#watch = new CanaryWatch(options.canaries, options.others);
    this.#control = options.control;
    this.#middle = options.through === undefined ? undefined : new MiddleSeat(options.through, options.clock);
  }

  static async open(options: SceneOptions): Promise<Scene> {
    const scene = new Scene(options);
    try {
      await scene.#prepare();
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

  /** What the client's control taught, where it happened in this very scene. */
  learn(control: ControlFacts): void {
    this.#control = control;
  }

  /** What could not be had of the real server behind the middle seat, in words. */
  get faults(): readonly string[] {
    return [...new Set(this.#middle?.faults)];
  }

  /** What was recorded of one connection of the client and its leg to the real server. */
  recordsOf(id: number): { connections: ConnectionRecord[]; hits: CanaryHit[] } {
    const leg = this.#middle?.legOf(id);
    const { connections, hits } = this.records();
    return {
      connections: connections.filter((connection) => connection.id === id || connection.id === leg),
      hits: hits.filter((hit) => hit.connection === id),
    };
  }

  /** What was learnt of the real server behind the middle seat, once a leg stood. */
  get server(): ServerFacts | undefined {
    return this.#middle?.facts;
  }

  /**
   * All connections so far are served and closed; false if that took longer than `timeout` ms.
   * A client in this process that came to rest may keep connections open (pools, IDLE): these are ended from our side first.
   */
  async drain(timeout: number, rested: boolean): Promise<boolean> {
    const drain = async (within: number): Promise<boolean> =>
      (await Promise.all(this.#opened.map(({ listener }) => listener.drain(within)))).every(Boolean);
    if (!rested) return drain(timeout);
    if (await drain(LINGER)) return true;
    for (const { listener } of this.#opened) listener.farewell();
    return drain(timeout);
  }

  /** What was recorded, in the order in which connections were opened. */
  records(): { connections: ConnectionRecord[]; hits: CanaryHit[] } {
    const connections = this.#connections.map(({ id, connection, port, number, endpoint }): ConnectionRecord => {
      const { transcript } = connection.wire;
      return {
        id,
        endpoint,
        portRole: port.role,
        port: endpoint === 'own' ? this.#own : number,
        protocol: port.protocol,
        tls: port.tls,
        leg: 'client',
        openedAt: connection.openedAt,
        entries: transcript.entries,
        truncated: transcript.truncated,
      };
    });
    const legs = this.#middle?.records(this.#options.one.portRole) ?? [];
    return { connections: [...connections, ...legs].toSorted((a, b) => a.id - b.id), hits: this.#watch.hits() };
  }

  async stop(): Promise<void> {
    this.#middle?.stop();
    await Promise.all(this.#opened.map(({ listener }) => listener.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #open(): Promise<void> {
    const { one, site } = this.#options;
    const own = portOf(one.portRole);
    // A managesieve client may be told `implicit`, a relay client 25: the role names the port, the case names the mode.
    const ownPort: WellKnownPort = { ...own, tls: one.tls };
    this.#own = await this.#listen(ownPort, site.port(own.port), true);
    // Behind the middle seat stands one server; what else its host may serve is nobody's business.
    if (site.port(own.port) === 0 || this.#middle !== undefined) return;
    for (const port of COMMON_PORTS) if (port.role !== own.role) await this.#listen(port, site.port(port.port), false);
  }

  /** Binds all addresses of the site on one port: a client may try any of them. */
  async #listen(port: WellKnownPort, number: number, own: boolean): Promise<number> {
    const [first, ...more] = this.#options.site.addresses;
    for (let attempt = 1; ; attempt++) {
      const listener = await this.#listener(port, first, number, own);
      const bound: Listener[] = [listener];
      try {
        for (const address of more) bound.push(await this.#listener(port, address, listener.port, own));
      } catch {
        // No IPv6 here, or the same port is taken there: another free port may do, else one address is enough.
        if (number === 0 && attempt < MOST_ATTEMPTS) {
          await Promise.all(bound.map((each) => each.stop()));
          continue;
        }
      }
      this.#opened.push(...bound.map((each) => ({ port, own, listener: each })));
      return listener.port;
    }
  }

  #listener(port: WellKnownPort, host: string, number: number, own: boolean): Promise<Listener> {
    return Listener.open({
      host,
      port: number,
      clock: this.#options.clock,
      transcript: () => {
        this.#count += 1;
        return { onBytes: this.#watch.connection(this.#count) };
      },
      serve: (connection) => {
        const placed: Placed = { id: this.#count, connection, port, number, endpoint: own ? 'own' : 'other' };
        const { allows, onConnection, onConnectionEnd } = this.#options;
        if (allows?.(connection.remoteAddress) === false) {
          connection.wire.destroy();
          return Promise.resolve();
        }
        onConnection?.();
        this.#connections.push(placed);
        return this.#serve(placed).then(() => onConnectionEnd?.(placed.id));
      },
    });
  }

  async #serve({ id, connection, port, endpoint }: Placed): Promise<void> {
    const { one, canaries, idle, untouchedFirst = false } = this.#options;
    const { scenario, variant } = one;
    const own = endpoint === 'own';
    const alike = this.#connections.filter((each) => each.endpoint === endpoint && each.port.role === port.role);
    // Whether a port answers, and which address does so first, is often tried before the visit proper: silence is no connection.
    const connections = untouchedFirst
      ? alike.length
      : 1 + alike.filter((each) => each.id !== id && hasSpoken(each.connection)).length;
    const untouched = own && untouchedFirst && connections === 1;
    const rules = untouched
      ? UNTOUCHED
      : own
        ? { tamper: scenario.tamper, plaintext: scenario.plaintext ?? 'served' }
        : (scenario.others ?? UNTOUCHED);
    const honest = await this.#answers(id, port, rules, own && !untouched, connection.wire);
    if (honest === undefined) return;
    const protocol = protocols[port.protocol];
    await new Conversation({
      wire: connection.wire,
      protocol,
      answerer: honest.answerer,
      tls: (recipe) => {
        if (this.#middle?.tunnels === true) this.#middle.missInside();
        return this.#tls(recipe ?? (own && !untouched ? this.#certificate() : 'good'));
      },
      tamper: rules.tamper as Tamper,
      context: {
        protocol,
        mode: port.tls,
        ordinal: untouchedFirst && own ? connections - 1 : connections,
        portRole: port.role,
        ...(this.#control && { control: this.#control }),
        canaries,
        insideOffer: honest.inside,
        variant,
      },
      idle,
    }).run();
    honest.close?.();
  }

  /** Who gives the honest answers on this connection; undefined if it is over already. */
  async #answers(
    id: number,
    port: WellKnownPort,
    rules: Rules,
    changed: boolean,
    wire: Wire,
  ): Promise<Honest | undefined> {
    const { plaintext } = rules;
    const middle = this.#middle;
    if (middle === undefined) {
      const inside = changed ? this.#inside(honestInside(port.protocol)) : honestInside(port.protocol);
      const settings = honestSettings(port.protocol, this.#options.canaries, {
        inside,
        plaintext,
        relay: !port.login,
      });
      return { answerer: protocols[port.protocol].server(settings), inside };
    }
    this.#count += 1;
    const leg = { id: this.#count, of: id, plaintext, ...(changed && { inside: (real: Offer) => this.#inside(real) }) };
    if (middle.tunnels && Object.keys(rules.tamper).length === 0) {
      if (await middle.join(wire, leg, this.#options.idle)) return undefined;
    } else {
      const upstream = await middle.open(leg);
      if (upstream !== undefined)
        return {
          answerer: upstream,
          inside: upstream.insideOffer,
          close: () => {
            upstream.close();
          },
        };
    }
    wire.transcript.note({ what: 'server-unreachable', by: 'server' });
    wire.end('server');
    return undefined;
  }

  #inside(honest: Offer): Offer {
    const { scenario, variant } = this.#options.one;
    return scenario.inside === undefined ? honest : scenario.inside(honest, variant ?? NO_VARIANT);
  }

  #certificate(): RecipeName {
    const { scenario, variant } = this.#options.one;
    const { certificate = 'good' } = scenario;
    return typeof certificate === 'string' ? certificate : certificate(variant ?? NO_VARIANT);
  }

  #tls(recipe: RecipeName): ServerTls {
    const known = this.#contexts.get(recipe);
    if (known === undefined) throw new Error(`the certificate ${recipe} was not prepared`);
    return known;
  }

  /** Issues what the scene may present; contexts and their ticket keys belong to this visit alone. */
  async #prepare(): Promise<void> {
    const { site, authority, handshake } = this.#options;
    const names = this.#options.names ?? {
      dns: [...new Set([isAddress(site.host) ? 'localhost' : site.host, 'localhost'])],
      ip: [...site.addresses],
    };
    for (const recipe of new Set<RecipeName>(['good', this.#certificate()])) {
      const { certPem, keyPem, trusted } = await authority.issue(recipe, names);
      this.#contexts.set(recipe, {
        context: contextOf(certPem, keyPem, !trusted),
        trusted,
        certificate: recipe,
        timeout: handshake,
      });
    }
  }
}

/** A faulty certificate is never to be forgiven by a ticket: sessions on it cannot be resumed. */
const contextOf = (cert: string, key: string, faulty: boolean): SecureContext =>
  createSecureContext({ cert, key, ...(faulty && { secureOptions: constants.SSL_OP_NO_TICKET }) });

const hasSpoken = ({ wire }: Connection): boolean =>
  wire.transcript.entries.some(
    (entry) =>
      (entry.kind === 'bytes' && entry.from === 'client') || (entry.kind === 'boundary' && entry.hello !== undefined),
  );

const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host);

const UNTOUCHED: Rules = { tamper: {}, plaintext: 'refused' };
const NO_VARIANT: Variant = { name: '' };
/** Milliseconds that a client which came to rest has to close its connections. */
const LINGER = 200;
const MOST_ATTEMPTS = 20;
