import {
  domainHosts,
  type Discovery,
  type Statement,
  type Surroundings,
  type ToldServer,
} from '../endpoints/discovery/discovery.js';
import { NameServer } from '../endpoints/discovery/name-server.js';
import { pageFor, type WebPlace } from '../endpoints/discovery/pages.js';
import { recordsFor } from '../endpoints/discovery/records.js';
import { serveWeb } from '../endpoints/discovery/web-conversation.js';
import type { Connection } from '../endpoints/listener.js';
import { Listener } from '../endpoints/listener.js';
import type { Site } from '../place/place.js';
import protocols from '../protocols/index.js';
import { portOf, usualPort } from '../protocols/port-roles.js';
import type { Authority } from '../tls/certificate-authority.js';
import type { Lookups } from '../verdict/visit.js';
import type { TranscriptOptions } from '../wire/transcript.js';
import type { Case } from '../cases/case.js';
import { Contexts } from './contexts.js';

/** What the DNS and web servers of a scene are made of. */
export interface DiscoveryOptions {
  readonly one: Case;
  readonly site: Site & { readonly domain: string; readonly attacker: NonNullable<Site['attacker']> };
  readonly authority: Authority;
  readonly user: string;
  readonly clock: () => number;
  /** Milliseconds. */
  readonly idle: number;
  readonly handshake: number;
  /** Numbers a web connection, and searches its bytes. */
  readonly transcript: (whose: WebPlace['whose'], number: number) => (ordinal: number) => TranscriptOptions;
  readonly onConnection: (connection: Connection, whose: WebPlace['whose'], port: number) => void;
}

/** DNS and web servers of one scene, which tell clients of its mail server. */
export class DiscoveryServers {
  readonly #names: NameServer;
  readonly #web: readonly Listener[];

  private constructor(names: NameServer, web: readonly Listener[]) {
    this.#names = names;
    this.#web = web;
  }

  static async open(options: DiscoveryOptions): Promise<DiscoveryServers> {
    const { site, authority, handshake } = options;
    const around = surroundingsOf(options);
    const recipe = around.web === 'bad-certificate' ? 'self-signed' : 'good';
    const domain = await Contexts.issue(authority, { dns: domainHosts(site.domain), ip: [] }, [recipe], { handshake });
    const names = await NameServer.open({
      address: site.addresses[0],
      port: site.port(DNS),
      records: (question) => recordsFor(question, around),
    });
    const web: Listener[] = [];
    const serve = async (whose: WebPlace['whose'], port: number, contexts?: Contexts): Promise<void> => {
      const place: WebPlace = { scheme: contexts === undefined ? 'http' : 'https', whose };
      const presented = contexts?.of(whose === 'domain' ? recipe : 'good');
      const isDead = whose === 'domain' && around.web === 'http-only';
      const tls = presented && { ...presented, ...(isDead && { refuses: () => true }) };
      web.push(
        await Listener.open({
          host: whose === 'domain' ? site.addresses[0] : site.attacker.address,
          port: site.port(port),
          clock: options.clock,
          transcript: options.transcript(whose, port),
          serve: async (connection) => {
            options.onConnection(connection, whose, port);
            await serveWeb(connection.wire, {
              ...(tls && { tls }),
              answer: (request) => pageFor(request, place, around),
              idle: options.idle,
            });
          },
        }),
      );
    };
    const servers = new DiscoveryServers(names, web);
    try {
      await serve('domain', HTTP);
      await serve('domain', HTTPS, domain);
      if (around.web === 'redirected') {
        const stranger = { dns: [site.attacker.host], ip: [] };
        await serve('stranger', HTTPS, await Contexts.issue(authority, stranger, ['good'], { handshake }));
      }
    } catch (error) {
      await servers.stop();
      throw error;
    }
    return servers;
  }

  /** What was asked of DNS. */
  get names(): Lookups['names'] {
    return [...this.#names.asked];
  }

  /** Every connection made so far is served and closed; false if that took longer than `timeout` ms. */
  async drain(timeout: number): Promise<boolean> {
    return (await Promise.all(this.#web.map((listener) => listener.drain(timeout)))).every(Boolean);
  }

  /** Says goodbye on every open connection. */
  farewell(): void {
    for (const listener of this.#web) listener.farewell();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#names.stop(), ...this.#web.map((listener) => listener.stop())]);
  }
}

const surroundingsOf = ({ one, site, user }: DiscoveryOptions): Surroundings => {
  const { scenario, variant = { name: '' } } = one;
  const {
    dns = 'right',
    file = 'right',
    exchange = 'right',
    web = 'https',
    asksLogin,
  }: Discovery = (typeof scenario.discovery === 'function' ? scenario.discovery(variant) : scenario.discovery) ?? {};
  const told = (statement: Statement): ToldServer | undefined => toldServer(statement, one, site);
  const [byDns, byFile, byExchange] = [told(dns), told(file), told(exchange)];
  return {
    domain: site.domain,
    address: site.addresses[0],
    stranger: site.attacker,
    told: {
      ...(byDns && { dns: byDns }),
      ...(byFile && { file: byFile }),
      ...(byExchange && { exchange: byExchange }),
    },
    web,
    asksLogin: asksLogin === true,
    user,
  };
};

const toldServer = (
  statement: Statement,
  { protocol, portRole, tls }: Case,
  { host, attacker }: DiscoveryOptions['site'],
): ToldServer | undefined => {
  if (statement === 'nothing') return undefined;
  const own = portOf(portRole);
  const takesMail = protocols[protocol].mailAccount === 'outgoing';
  const right: ToldServer = { protocol, takesMail, service: portRole, host, port: own.port, tls };
  if (statement === 'right') return right;
  if (statement === 'stranger') return { ...right, host: attacker.host };
  const plain = own.tls === 'starttls' ? own : usualPort(protocol, 'starttls');
  return { ...right, service: plain.role, port: plain.port, tls: 'none' };
};

const DNS = 53;
const HTTP = 80;
const HTTPS = 443;
