import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { RealServer, ServerFacts, ServerPatience } from '../proxy/server.js';
import { createAuthority } from '../tls/certificate-authority.js';
import type { EndpointNames } from '../tls/permitted-names.js';
import { canariesOf } from '../verdict/canaries.js';
import type { TlsPolicy } from '../verdict/visit.js';
import type { Case } from '../cases/case.js';
import type { NamedServer } from '../targets/real-server.js';
import { EndpointWatch, type SeenConnection } from './endpoint-watch.js';
import { listening } from './listening.js';
import { Load } from './load.js';
import { Outcomes, type ProxyOutcome } from './outcomes.js';

/** Scenarios between clients and a real server, by hand. */
export interface ProxyOptions {
  readonly server: NamedServer;
  /** Cases of the middle seat; connections that are attacked take turns. */
  readonly cases: readonly [Case, ...Case[]];
  /** The control of the same protocol and mode, by which untouched connections are judged. */
  readonly control: Case;
  readonly interception?: 'terminate' | 'tunnel';
  /** Where the server starts TLS in the other way; without it the named door is made to behave as the other one would. */
  readonly otherDoor?: RealServer;
  /** PEM of the authorities that the server's certificate is checked against; the system's by default. */
  readonly ca?: string;
  /** Where to listen; a free port of loopback by default. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** Networks from which clients may come, as `192.0.2.0/24`; required to listen elsewhere than on loopback. */
  readonly allowClients?: readonly string[];
  /** The first connection of each client is not attacked, as its control (the default). */
  readonly untouchedFirst?: boolean;
  readonly policy?: TlsPolicy;
  readonly seed?: string;
  /** Milliseconds of silence after which a connection is given up; a little more than IDLE may last by default. */
  readonly idle?: number;
  /** Milliseconds to wait for the real server. */
  readonly patience?: Partial<ServerPatience>;
  /** Secrets are kept unmasked, for labs with throw-away accounts. */
  readonly keepSecrets?: boolean;
  /** A connection has ended, and this is what it proves. */
  readonly onConnection?: (seen: ProxyConnection) => void;
  /** Something leaked on a connection that is still open. */
  readonly onLeak?: (seen: ProxyConnection) => void;
}

/** One connection of a client, judged by itself. */
export interface ProxyConnection extends SeenConnection {
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
  /** What all connections until now come to, by client and case. */
  readonly outcomes: () => ProxyOutcome[];
  /** What was learnt of the real server. */
  readonly server: () => ServerFacts | undefined;
  readonly faults: () => readonly string[];
  /** What waxseal itself failed with; the results of other connections stand. */
  readonly bugs: () => readonly unknown[];
  /** Takes leave of open connections, waits for them at most `timeout` ms, and judges what is still open. */
  readonly drain: (timeout?: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts to listen. Throws `BAD_USAGE` for an address that is not loopback without `allowClients`, `CANNOT_BIND` where it can't. */
export const startProxy = async (options: ProxyOptions): Promise<RunningProxy> => {
  const { server, cases, control, ca, interception, listen, idle = IDLE, policy = 'required' } = options;
  const where = listening(listen?.host, options.allowClients ?? []);
  const names = namesOf([server.host, ...where.addresses]);
  const authority = await createAuthority({ alsoFor: names });
  const seed = options.seed ?? randomBytes(6).toString('hex');
  const masking = { secrets: options.keepSecrets === true ? 'keep' : 'mask', key: randomBytes(32) } as const;
  const outcomes = new Outcomes(masking);
  const notes = new Set<string>();
  const bugs: unknown[] = [];
  let visits = 0;
  const told = (seen: SeenConnection): ProxyConnection => ({ ...seen, ...(watch.server && { server: watch.server }) });
  const watch: EndpointWatch = await EndpointWatch.open({
    cases,
    control,
    isControlled: options.untouchedFirst !== false && cases.some((one) => one.scenario.id !== control.scenario.id),
    site: { host: 'localhost', addresses: where.addresses, port: () => listen?.port ?? 0, child: {} },
    names,
    canaries: canariesOf(seed, 1),
    authority,
    policy,
    masking,
    load: new Load(),
    idle,
    handshake: HANDSHAKE,
    allows: (address) => {
      if (where.allows?.(address) !== false) return true;
      if (notes.size < MOST_FAULTS) notes.add(`a client at ${address} was refused; permit it with --allow-client`);
      return false;
    },
    through: {
      server,
      patience: { ...PATIENCE, ...options.patience },
      ...(ca !== undefined && { ca }),
      ...(interception && { interception }),
      ...(options.otherDoor && { otherDoor: options.otherDoor }),
    },
    next: () => (visits += 1),
    onSeen: (seen, happened) => {
      if (seen.bug !== undefined && bugs.length < MOST_FAULTS) bugs.push(seen.bug);
      outcomes.add(seen, happened);
      options.onConnection?.(told(seen));
    },
    onLeak: (seen) => options.onLeak?.(told(seen)),
  });
  const stop = (): Promise<void> => watch.stop();
  return {
    host: where.addresses[0],
    port: watch.port,
    ca: authority.pem,
    seed,
    outcomes: () => outcomes.all(),
    server: () => watch.server,
    faults: () => [
      ...watch.faults,
      ...notes,
      ...(outcomes.dropped === 0
        ? []
        : [`${String(outcomes.dropped)} connections of further clients are not in the report; start the proxy again`]),
    ],
    bugs: () => bugs,
    drain: async (timeout = DRAIN) => {
      await watch.conclude(timeout);
      await outcomes.settle();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

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
const MOST_FAULTS = 50;
