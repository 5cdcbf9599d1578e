import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { Fault } from '../fault.js';
import type { ServerFacts } from '../proxy/server.js';
import { createAuthority, type Authority } from '../tls/certificate-authority.js';
import type { EndpointNames } from '../tls/permitted-names.js';
import { canariesOf, type Canaries } from '../verdict/canaries.js';
import { controlFacts } from '../verdict/control.js';
import type { Judgement } from '../verdict/judgement.js';
import { maskVisit, type Masking } from '../verdict/mask.js';
import type { CanaryHit, ConnectionRecord, ControlFacts, TlsPolicy, Visit } from '../verdict/visit.js';
import type { Mask } from '../verdict/recording.js';
import type { Case } from '../cases/case.js';
import { judgeVisit } from '../document/judge.js';
import { listening, type Listening } from './listening.js';
import type { NamedServer } from '../targets/real-server.js';
import { Scene } from '../stage/scene.js';

/** One scenario between a client and a real server, by hand. */
export interface ProxyOptions {
  readonly server: NamedServer;
  /** The scenario, of the middle seat. */
  readonly one: Case;
  /** The control of the same protocol and mode, by which the first connection is judged. */
  readonly control: Case;
  readonly interception?: 'terminate' | 'tunnel';
  /** PEM of the authorities that the server's certificate is checked against; the system's unless told. */
  readonly ca?: string;
  /** Where to listen; a free port of loopback unless told. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** Networks from which clients may come, as `192.0.2.0/24`; required to listen elsewhere than on loopback. */
  readonly allowClients?: readonly string[];
  /** The first connection goes untouched, as the client's control (the default). */
  readonly untouchedFirst?: boolean;
  readonly policy?: TlsPolicy;
  readonly seed?: string;
  /** Milliseconds of silence after which a connection is given up; a little more than IDLE may last unless told. */
  readonly idle?: number;
  /** Secrets are kept unmasked, for labs with throw-away accounts. */
  readonly keepSecrets?: boolean;
  /** A connection has ended, and this is what it proves. */
  readonly onConnection?: (seen: ProxyConnection) => void;
}

/** One connection of a client, judged by itself. */
export interface ProxyConnection {
  readonly id: number;
  /** It went untouched, as the control. */
  readonly isControl: boolean;
  readonly judgement: Judgement;
  /** The visit of this connection alone, secrets masked. */
  readonly visit: Visit;
  /** What was learnt of the real server so far. */
  readonly server?: ServerFacts;
}

/** A proxy at work. */
export interface RunningProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** PEM of the CA that a client must trust where TLS is terminated. */
  readonly ca: string;
  readonly seed: string;
  /** What all connections until now come to: the control, where there was one, and the scenario. */
  readonly outcomes: () => ProxyOutcome[];
  /** What was learnt of the real server. */
  readonly server: () => ServerFacts | undefined;
  readonly faults: () => readonly string[];
  /** Takes leave of open connections and waits for them, at most `timeout` ms. */
  readonly drain: (timeout?: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** All connections of one case, judged together; secrets are masked. */
export interface ProxyOutcome {
  readonly one: Case;
  readonly visit: Visit;
  readonly masks: readonly Mask[];
  readonly judgement: Judgement;
}

/** Starts to listen. Throws `BAD_USAGE` for an address that is not loopback without `allowClients`, `CANNOT_BIND` where it can't. */
export const startProxy = async (options: ProxyOptions): Promise<RunningProxy> => {
  const where = listening(options.listen?.host, options.allowClients ?? []);
  const names = namesOf([options.server.host, ...where.addresses]);
  const authority = await createAuthority({ alsoFor: names });
  const watch = new Watch(options, authority, where, names);
  await watch.open();
  return watch.running;
};

class Watch {
  readonly #options: ProxyOptions;
  readonly #authority: Authority;
  readonly #where: Listening;
  readonly #names: EndpointNames;
  readonly #seed: string;
  readonly #canaries: Canaries;
  readonly #started = performance.now();
  readonly #faults: string[] = [];
  #scene: Scene | undefined;
  #first: number | undefined;
  #control: ControlFacts | undefined;
  readonly #masking: Masking;
  #accepted = 0;
  #drained = true;

  constructor(options: ProxyOptions, authority: Authority, where: Listening, names: EndpointNames) {
    this.#options = options;
    this.#authority = authority;
    this.#where = where;
    this.#names = names;
    this.#masking = { secrets: options.keepSecrets === true ? 'keep' : 'mask', key: randomBytes(32), known: new Set() };
    this.#seed = options.seed ?? randomBytes(6).toString('hex');
    this.#canaries = canariesOf(this.#seed, 1);
  }

  async open(): Promise<void> {
    const { server, one, ca, interception, listen, idle = IDLE } = this.#options;
    this.#scene = await Scene.open({
      one,
      site: { host: 'localhost', addresses: this.#where.addresses, port: () => listen?.port ?? 0, child: {} },
      canaries: this.#canaries,
      others: new Map(),
      authority: this.#authority,
      clock: () => performance.now() - this.#started,
      idle,
      handshake: HANDSHAKE,
      through: { server, patience: PATIENCE, ...(ca !== undefined && { ca }), ...(interception && { interception }) },
      untouchedFirst: this.#isControlled,
      names: this.#names,
      allows: (address) => this.#admits(address),
      onConnectionEnd: (id) => {
        this.#ended(id);
      },
    });
  }

  get running(): RunningProxy {
    const scene = this.#open;
    const stop = (): Promise<void> => scene.stop();
    return {
      host: this.#where.addresses[0],
      port: scene.port,
      ca: this.#authority.pem,
      seed: this.#seed,
      outcomes: () => this.#outcomes(),
      server: () => scene.server,
      faults: () => [...scene.faults, ...this.#faults],
      drain: async (timeout = DRAIN) => {
        this.#drained = await scene.drain(timeout, true);
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  }

  get #open(): Scene {
    if (this.#scene === undefined) throw new Fault('HARNESS_BUG', 'the proxy was used before it was opened');
    return this.#scene;
  }

  get #isControlled(): boolean {
    return (
      this.#options.untouchedFirst !== false && this.#options.one.scenario.id !== this.#options.control.scenario.id
    );
  }

  #admits(address: string): boolean {
    if (this.#where.allows?.(address) === false) {
      this.#fault(`a client at ${address} was turned away; permit it with --allow-client`);
      return false;
    }
    this.#accepted += 1;
    if (this.#accepted <= MOST_CONNECTIONS) return true;
    this.#fault(
      `more than ${String(MOST_CONNECTIONS)} connections were made: further ones were turned away; start the proxy again`,
    );
    return false;
  }

  #fault(text: string): void {
    if (!this.#faults.includes(text) && this.#faults.length < MOST_FAULTS) this.#faults.push(text);
  }

  #ended(id: number): void {
    const scene = this.#open;
    this.#first ??= this.#isControlled ? this.#firstConnection() : undefined;
    const isControl = id === this.#first;
    const one = isControl ? this.#options.control : this.#options.one;
    const { visit } = this.#visit(one, id, scene.recordsOf(id));
    if (isControl) {
      this.#control = controlFacts(visit);
      scene.learn(this.#control);
    }
    this.#options.onConnection?.({
      id,
      isControl,
      judgement: judgeVisit(one, visit),
      visit,
      ...(scene.server && { server: scene.server }),
    });
  }

  #firstConnection(): number | undefined {
    return this.#open.records().connections.find(({ leg }) => leg === 'client')?.id;
  }

  #outcomes(): ProxyOutcome[] {
    const { one, control } = this.#options;
    const { connections, hits } = this.#open.records();
    const first = this.#isControlled ? this.#firstConnection() : undefined;
    const controlled = first === undefined ? undefined : this.#open.recordsOf(first);
    const ids = new Set(controlled?.connections.map(({ id }) => id));
    const rest = {
      connections: connections.filter(({ id }) => !ids.has(id)),
      hits: hits.filter(({ connection }) => !ids.has(connection)),
    };
    const outcome = (which: Case, number: number, records: typeof rest): ProxyOutcome => {
      const { visit, masks } = this.#visit(which, number, records);
      return { one: which, visit, masks, judgement: judgeVisit(which, visit) };
    };
    return [...(controlled === undefined ? [] : [outcome(control, 1, controlled)]), outcome(one, 2, rest)];
  }

  #visit(
    one: Case,
    number: number,
    records: { connections: ConnectionRecord[]; hits: CanaryHit[] },
  ): ReturnType<typeof maskVisit> {
    const { scenario, variant, protocol, tls, portRole } = one;
    const { policy = 'required', control } = this.#options;
    const isControl = scenario.id === control.scenario.id;
    const visit: Visit = {
      number,
      scenario: scenario.id,
      ...(variant && { variant: variant.name }),
      protocol,
      tls,
      seat: 'middle',
      portRole,
      policy,
      ownCredentials: false,
      canaries: this.#canaries,
      ...records,
      client: { how: 'ended', stdout: '', stderr: '', duration: performance.now() - this.#started },
      drained: this.#drained,
      faults: this.#open.faults,
      ...(!isControl && this.#control && { control: this.#control }),
    };
    return maskVisit(visit, this.#masking);
  }
}

/** What certificates are for: the server's name, and where the proxy listens; the CA may certify nothing else. */
const namesOf = (hosts: readonly string[]): EndpointNames => {
  const all = [...hosts, 'localhost', '127.0.0.1', '::1'].filter((name) => name !== '0.0.0.0' && name !== '::');
  return {
    dns: [...new Set(all.filter((name) => isIP(name) === 0))],
    ip: [...new Set(all.filter((name) => isIP(name) !== 0))],
  };
};

/** RFC 2177 lets a client rest for 29 minutes. */
const IDLE = 31 * 60_000;
const HANDSHAKE = 30_000;
const PATIENCE = { connect: 10_000, handshake: 10_000, answer: 120_000 };
const DRAIN = 2000;
const MOST_CONNECTIONS = 500;
const MOST_FAULTS = 50;
