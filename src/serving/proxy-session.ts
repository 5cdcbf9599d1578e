import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { caseId, type Case } from '../cases/case.js';
import { Fault } from '../fault.js';
import type { RealServer } from '../proxy/server.js';
import type { Authority } from '../tls/certificate-authority.js';
import type { EndpointNames } from '../tls/permitted-names.js';
import { canariesOf } from '../verdict/canaries.js';
import { isProof } from '../verdict/judgement.js';
import { EndpointWatch, type EndpointWatchOptions } from './endpoint-watch.js';
import type { SeenConnection } from './telling.js';
import type { Listening } from './listening.js';
import { Load } from './load.js';
import { Outcomes } from './outcomes.js';
import type { InterceptionOptions, ProxyConnection, RunningProxy } from './proxy.js';

/** One real server, and what is done to connections to it. */
export interface WatchedServer extends Pick<EndpointWatchOptions, 'namesAskedFor' | 'target'> {
  readonly server: RealServer;
  readonly otherDoor?: RealServer;
  readonly cases: readonly [Case, ...Case[]];
  readonly control: Case;
  /** What certificates are for. */
  readonly names: EndpointNames;
  readonly port: number | 'handed-in';
}

/** What all servers of one proxy have in common: CA, seed, bounds, and what connections came to. */
export class ProxySession {
  readonly #options: InterceptionOptions;
  readonly #where: Listening;
  readonly #authority: Authority;
  readonly #seed: string;
  readonly #masking: EndpointWatchOptions['masking'];
  readonly #outcomes: Outcomes;
  readonly #load = new Load();
  readonly #turnedAway = new Set<string>();
  readonly #notes = new Set<string>();
  readonly #bugs: unknown[] = [];
  readonly #played: { readonly watch: EndpointWatch; readonly cases: WatchedServer['cases'] }[] = [];
  #visits = 0;
  #chosen = 0;

  constructor(options: InterceptionOptions, where: Listening, authority: Authority) {
    this.#options = options;
    this.#where = where;
    this.#authority = authority;
    this.#seed = options.seed ?? randomBytes(6).toString('hex');
    this.#masking = { secrets: options.keepSecrets === true ? 'keep' : 'mask', key: randomBytes(32) };
    this.#outcomes = new Outcomes(this.#masking);
  }

  /** Watches connections to one server. */
  async watch({ server, otherDoor, cases, control, ...more }: WatchedServer): Promise<EndpointWatch> {
    const { ca, interception, policy = 'required', idle = IDLE, untouchedFirst, isOneClient, patience } = this.#options;
    const told = (seen: SeenConnection): ProxyConnection => ({
      ...seen,
      ...(watch.server && { server: watch.server }),
    });
    const watch: EndpointWatch = await EndpointWatch.open({
      ...more,
      cases,
      control,
      isControlled: untouchedFirst !== false && cases.some((one) => one.scenario.id !== control.scenario.id),
      isOneClient,
      site: { host: 'localhost', addresses: this.#where.addresses, port: () => 0, child: {} },
      canaries: canariesOf(this.#seed, 1),
      authority: this.#authority,
      policy,
      masking: this.#masking,
      load: this.#load,
      idle,
      handshake: HANDSHAKE,
      allows: (address) => this.allows(address),
      through: {
        server,
        patience: { ...PATIENCE, ...patience },
        ...(ca !== undefined && { ca }),
        ...(interception && { interception }),
        ...(otherDoor && { otherDoor }),
      },
      onKeys: this.#options.onKeys,
      next: () => (this.#visits += 1),
      onSeen: (seen, happened) => {
        if (seen.bug !== undefined && !isScriptFailure(seen.bug)) this.failed(seen.bug);
        // Else it is the reason why nothing was concluded.
        else if (seen.bug !== undefined && isProof(seen.judgement)) this.note(seen.bug.message);
        this.#outcomes.add(seen, happened);
        this.#options.onConnection?.(told(seen));
      },
      onLeak: (seen) => this.#options.onLeak?.(told(seen)),
    });
    if (this.#options.rotate === 'key') watch.choose(this.#chosen);
    this.#played.push({ watch, cases });
    return watch;
  }

  /** Goes on to the next case in front of every server, also of those that are asked for later. */
  next(): Case[] {
    this.#chosen += 1;
    const now = this.#played.map(({ watch, cases }) => {
      watch.choose(this.#chosen);
      return cases[this.#chosen % cases.length] ?? cases[0];
    });
    return [...new Map(now.map((one) => [caseId(one), one])).values()];
  }

  /** Whether clients at this address may come; those that may not are told of in the report. */
  allows(address: string): boolean {
    if (this.#where.allows?.(address) !== false) return true;
    if (this.#turnedAway.size < MOST_WORDS)
      this.#turnedAway.add(`a client at ${address} was refused; permit it with --allow-client`);
    return false;
  }

  /** Keeps a remark for the report, once; says whether it was new. */
  note(text: string): boolean {
    if (this.#notes.has(text) || this.#notes.size >= MOST_WORDS) return false;
    this.#notes.add(text);
    return true;
  }

  /** Keeps what waxseal itself failed with. */
  failed(error: unknown): void {
    if (this.#bugs.length < MOST_WORDS) this.#bugs.push(error);
  }

  /** The proxy as its user sees it. */
  running({
    host,
    port,
    watches,
    drain,
    stop,
  }: {
    readonly host: string;
    readonly port: number;
    readonly watches: () => readonly EndpointWatch[];
    readonly drain: (timeout: number) => Promise<void>;
    readonly stop: () => Promise<void>;
  }): RunningProxy {
    return {
      host,
      port,
      ca: this.#authority.pem,
      seed: this.#seed,
      next: () => this.next(),
      outcomes: () => this.#outcomes.all(),
      server: () => watches().find(({ server }) => server !== undefined)?.server,
      faults: () => [
        ...new Set([...watches().flatMap(({ faults }) => faults), ...this.#turnedAway]),
        ...(this.#outcomes.dropped === 0
          ? []
          : [
              `${String(this.#outcomes.dropped)} connections of further clients are not in the report; start the proxy again`,
            ]),
      ],
      notes: () => [...this.#notes],
      bugs: () => this.#bugs,
      drain: async (timeout = DRAIN) => {
        await drain(timeout);
        await this.#outcomes.settle();
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  }
}

const isScriptFailure = (error: unknown): error is Fault => error instanceof Fault && error.code === 'BAD_USAGE';

/** What certificates are for: a server's name, and where the proxy listens. */
export const namesOf = (hosts: readonly string[]): EndpointNames => {
  const all = [...hosts, 'localhost', '127.0.0.1', '::1'].filter((name) => name !== '0.0.0.0' && name !== '::');
  return {
    dns: [...new Set(all.filter((name) => isIP(name) === 0))],
    ip: [...new Set(all.filter((name) => isIP(name) !== 0))],
  };
};

/** RFC 2177 lets a client rest for 29 minutes. */
export const IDLE = 31 * 60_000;
const HANDSHAKE = 30_000;
const PATIENCE = { connect: 10_000, handshake: 10_000, answer: 120_000 };
const DRAIN = 2000;
const MOST_WORDS = 50;
