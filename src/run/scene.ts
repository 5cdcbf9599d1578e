import { createSecureContext, type SecureContext } from 'node:tls';
import { constants } from 'node:crypto';
import { Conversation, type Answerer } from '../endpoints/conversation.js';
import { honestInside, honestSettings } from '../endpoints/honest.js';
import { Listener, type Connection } from '../endpoints/listener.js';
import type { Tamper } from '../endpoints/tamper.js';
import type { Site } from '../place/place.js';
import protocols from '../protocols/index.js';
import { WELL_KNOWN_PORTS, type WellKnownPort } from '../protocols/port-roles.js';
import type { Offer, ProtocolName } from '../protocols/protocol.js';
import type { Authority } from '../tls/certificate-authority.js';
import type { RecipeName } from '../tls/certificate-recipes.js';
import type { Canaries } from '../verdict/canaries.js';
import { StreamSearch, type Found } from '../verdict/search.js';
import type { CanaryHit, ConnectionRecord, ControlFacts } from '../verdict/visit.js';
import type { ServerTls } from '../wire/upgrade.js';
import type { Party } from '../wire/transcript.js';
import type { Variant } from '../scenarios/scenario.js';
import type { Case } from './case.js';
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

/** The endpoints of one visit: the client's own one, tampered, and in a cell an endpoint for every other port role. */
export class Scene implements AsyncDisposable {
  readonly #options: SceneOptions;
  readonly #opened: Opened[] = [];
  readonly #connections: Placed[] = [];
  readonly #hits: CanaryHit[] = [];
  readonly #searches: { readonly search: StreamSearch; readonly hit: (found: Found[]) => void }[] = [];
  readonly #contexts = new Map<RecipeName, ServerTls>();
  readonly #middle: MiddleSeat | undefined;
  #own = 0;
  #count = 0;

  private constructor(options: SceneOptions) {
    this.#options = options;
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

  /** What could not be had of the real server behind the middle seat, in words. */
  get faults(): readonly string[] {
    return [...new Set(this.#middle?.faults)];
  }

  /**
   * All connections so far are served and closed; false if that took longer than `timeout` ms.
   * A client in this process that came to rest may keep connections open (pools, IDLE): these are ended from our side first.
   */
  async drain(timeout: number, rested: boolean): Promise<boolean> {
    const drain = async (within: number): Promise<boolean> => (await Promise.all(this.#opened.map(({ listener }) => listener.drain(within)))).every(Boolean);
    if (!rested) return drain(timeout);
    if (await drain(LINGER)) return true;
    for (const { listener } of this.#opened) listener.farewell();
    return drain(timeout);
  }

  /** What was recorded, in the order in which connections were opened. */
  records(): { connections: ConnectionRecord[]; hits: CanaryHit[] } {
    for (const { search, hit } of this.#searches.splice(0)) hit(search.end());
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
    return { connections: [...connections, ...legs].toSorted((a, b) => a.id - b.id), hits: [...this.#hits] };
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
    const own = WELL_KNOWN_PORTS.find((each) => each.role === one.portRole);
    if (own === undefined) return;
    // A managesieve client may be told `implicit`, a relay client 25: the role names the port, the case names the mode.
    const ownPort: WellKnownPort = { ...own, tls: one.tls };
    this.#own = await this.#listen(ownPort, site.port(own.port), true);
    // Behind the middle seat stands one server; what else its host may serve is nobody's business.
    if (site.port(own.port) === 0 || this.#middle !== undefined) return;
    for (const port of WELL_KNOWN_PORTS) if (port.role !== own.role) await this.#listen(port, site.port(port.port), false);
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
        return { onBytes: this.#searcher(this.#count) };
      },
      serve: (connection) => {
        this.#options.onConnection?.();
        this.#connections.push({ id: this.#count, connection, port, number, endpoint: own ? 'own' : 'other' });
        return this.#serve(connection, port, own);
      },
    });
  }

  async #serve(connection: Connection, port: WellKnownPort, own: boolean): Promise<void> {
    const { one, canaries, control, idle } = this.#options;
    const { scenario, variant } = one;
    const rules = own ? { tamper: scenario.tamper, plaintext: scenario.plaintext ?? 'served' } : (scenario.others ?? { tamper: {}, plaintext: 'refused' as const });
    const protocol = protocols[port.protocol];
    const ordinal = this.#connections.filter((each) => (each.endpoint === 'own') === own && each.port.role === port.role).length;
    const honest = this.#middle === undefined ? this.#honest(port, own, rules.plaintext) : await this.#real(this.#middle, rules.plaintext);
    if (honest === undefined) {
      connection.wire.transcript.note('the real server could not be had: hanging up');
      connection.wire.end();
      return;
    }
    await new Conversation({
      wire: connection.wire,
      protocol,
      answerer: honest.answerer,
      tls: (recipe) => this.#tls(recipe ?? (own ? this.#certificate() : 'good')),
      tamper: rules.tamper as Tamper,
      context: {
        protocol,
        mode: port.tls,
        ordinal,
        portRole: port.role,
        ...(control && { control }),
        canaries,
        insideOffer: honest.inside,
        variant,
      },
      idle,
    }).run();
    honest.close?.();
  }

  #honest(port: WellKnownPort, own: boolean, plaintext: 'served' | 'refused'): Honest {
    const inside = own ? this.#inside(port.protocol) : honestInside(port.protocol);
    const settings = honestSettings(port.protocol, this.#options.canaries, { inside, plaintext, relay: port.role === 'smtp' });
    return { answerer: protocols[port.protocol].server(settings), inside };
  }

  async #real(middle: MiddleSeat, plaintext: 'served' | 'refused'): Promise<Honest | undefined> {
    this.#count += 1;
    const upstream = await middle.open(this.#count, plaintext);
    if (upstream === undefined) return undefined;
    return { answerer: upstream, inside: upstream.insideOffer, close: () => { upstream.close(); } };
  }

  #inside(protocol: ProtocolName): ReturnType<typeof honestInside> {
    const { scenario, variant } = this.#options.one;
    const honest = honestInside(protocol);
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
    const names = { dns: [...new Set([isAddress(site.host) ? 'localhost' : site.host, 'localhost'])], ip: [...site.addresses] };
    for (const recipe of new Set<RecipeName>(['good', this.#certificate()])) {
      const { certPem, keyPem, trusted } = await authority.issue(recipe, names);
      this.#contexts.set(recipe, { context: contextOf(certPem, keyPem, !trusted), trusted, certificate: recipe, timeout: handshake });
    }
  }

  #searcher(id: number): (from: Party, bytes: Buffer, inside: boolean, entry: number) => void {
    const { canaries, others } = this.#options;
    const names = new Map(Object.entries(canaries).map(([name, value]) => [value as string, name as keyof Canaries]));
    const searches = new Map<string, { search: StreamSearch; at: number }>();
    return (from, bytes, inside, entry) => {
      const key = `${from} ${String(inside)}`;
      const needles = from === 'client' ? [...names.keys(), ...others.keys()] : [canaries.mailbox];
      const known = searches.get(key) ?? { search: new StreamSearch(needles), at: entry };
      known.at = entry;
      const hit = (found: Found[]): void => {
        for (const { needle, form } of found) {
          const canary = names.get(needle);
          const visit = others.get(needle);
          if (from === 'client' && canary !== undefined && SERVERS.has(canary)) continue;
          this.#hits.push({ connection: id, entry: known.at, canary: canary ?? 'password', form, inside, ...(canary === undefined && visit !== undefined && { visit }) });
        }
      };
      if (!searches.has(key)) {
        searches.set(key, known);
        this.#searches.push({ search: known.search, hit });
      }
      hit(known.search.push(bytes));
    };
  }
}

/** A faulty certificate is never to be forgiven by a ticket: sessions on it cannot be resumed. */
const contextOf = (cert: string, key: string, faulty: boolean): SecureContext =>
  createSecureContext({ cert, key, ...(faulty && { secureOptions: constants.SSL_OP_NO_TICKET }) });

const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host);

const NO_VARIANT: Variant = { name: '' };
/** Milliseconds that a client which came to rest has to close its connections. */
const LINGER = 200;
const MOST_ATTEMPTS = 20;
/** Canaries that the server invents; a client may well repeat them. */
const SERVERS: ReadonlySet<keyof Canaries> = new Set<keyof Canaries>(['nonce', 'capability', 'mailbox']);
