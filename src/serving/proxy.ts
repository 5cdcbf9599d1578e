import type { RealServer, ServerFacts, ServerPatience } from '../proxy/server.js';
import { createAuthority } from '../tls/certificate-authority.js';
import type { TlsPolicy } from '../verdict/visit.js';
import type { Case } from '../cases/case.js';
import type { NamedServer } from '../targets/real-server.js';
import type { SeenConnection } from './telling.js';
import { listening } from './listening.js';
import type { ProxyOutcome } from './outcomes.js';
import { namesOf, ProxySession } from './proxy-session.js';

/** How connections between clients and real servers are attacked, and what is told of it. */
export interface InterceptionOptions {
  readonly interception?: 'terminate' | 'tunnel';
  /** PEM of the authorities that the server's certificate is checked against; the system's by default. */
  readonly ca?: string;
  /** Where to listen; a free port of loopback by default. */
  readonly listen?: { readonly host?: string; readonly port: number };
  /** Networks from which clients may come, as `192.0.2.0/24`; required to listen elsewhere than on loopback. */
  readonly allowClients?: readonly string[];
  /** The first connection of each client is not attacked, as its control (the default). */
  readonly untouchedFirst?: boolean;
  /** `visit`: the attacks take turns (the default); `key`: the first one is played until `next` is called. */
  readonly rotate?: 'visit' | 'key';
  /** Only one client connects: what says nothing of itself is taken for it. */
  readonly isOneClient?: boolean;
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
  /** Is told the secrets of all TLS as they come, lines of SSLKEYLOGFILE: with them everything that was said can be read. */
  readonly onKeys?: ((line: string) => void) | undefined;
  /** Something leaked on a connection that is still open. */
  readonly onLeak?: (seen: ProxyConnection) => void;
}

/** Scenarios between clients and one real server, by hand. */
export interface ProxyOptions extends InterceptionOptions {
  readonly server: NamedServer;
  /** Cases of the middle seat; connections that are attacked take turns. */
  readonly cases: readonly [Case, ...Case[]];
  /** The control of the same protocol and mode, by which untouched connections are judged. */
  readonly control: Case;
  /** Where the server starts TLS in the other way; without it the named door is made to behave as the other one would. */
  readonly otherDoor?: RealServer;
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
  /** With `rotate: 'key'`: goes on to the next attack in front of every server, and returns what is played from now on. */
  readonly next: () => Case[];
  /** What all connections until now come to, by client and case. */
  readonly outcomes: () => ProxyOutcome[];
  /** What was learnt of the real server; of the first one that answered where clients may ask for any. */
  readonly server: () => ServerFacts | undefined;
  readonly faults: () => readonly string[];
  /** What was passed on untouched, and why, in words. */
  readonly notes: () => readonly string[];
  /** What waxseal itself failed with; the results of other connections stand. */
  readonly bugs: () => readonly unknown[];
  /** Takes leave of open connections, waits for them at most `timeout` ms, and judges what is still open. */
  readonly drain: (timeout?: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts to listen. Throws `BAD_USAGE` for an address that is not loopback without `allowClients`, `CANNOT_BIND` where it can't. */
export const startProxy = async (options: ProxyOptions): Promise<RunningProxy> => {
  const { server, cases, control, otherDoor, listen } = options;
  const where = listening(listen?.host, options.allowClients ?? []);
  const names = namesOf([server.host, ...where.addresses]);
  const session = new ProxySession(options, where, await createAuthority({ alsoFor: names }));
  const watch = await session.watch({
    server,
    cases,
    control,
    names,
    port: listen?.port ?? 0,
    ...(otherDoor && { otherDoor }),
  });
  return session.running({
    host: where.addresses[0],
    port: watch.port,
    watches: () => [watch],
    drain: (timeout) => watch.conclude(timeout),
    stop: () => watch.stop(),
  });
};
