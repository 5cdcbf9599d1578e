import { startDovecot } from '../endpoints/daemons/dovecot.js';
import { startPostfix } from '../endpoints/daemons/postfix.js';
import type { DaemonListener, DaemonOptions, RunningDaemon } from '../endpoints/daemons/running-daemon.js';
import { startSmtpServer } from '../endpoints/daemons/smtp-server.js';
import { Fault } from '../fault.js';
import { loopback } from '../place/loopback.js';
import { requireReachable } from '../place/reachable.js';
import { openSession, type SessionFolder } from '../place/visit-home.js';
import { COMMON_PORTS, portOf } from '../protocols/port-roles.js';
import type { PortRole, TlsMode } from '../protocols/protocol.js';
import { createAuthority, type Authority } from '../tls/certificate-authority.js';
import { controlFacts } from '../verdict/control.js';
import { readings } from '../verdict/evidence.js';
import type { Judgement } from '../verdict/judgement.js';
import type { ControlFacts, Visit } from '../verdict/visit.js';
import type { Case } from '../cases/case.js';
import { judgeVisit } from '../document/judge-visit.js';
import { visit, type VisitSettings } from '../stage/visit.js';
import { demoClients, isInstalled, type DemoClient } from './clients.js';
import { demoCase } from './demo-case.js';

/** One line of the demonstration: an endpoint, a client, and what was proved. */
export interface DemoRow {
  /** Name and version of a real server. */
  readonly endpoint?: string;
  /** The well-known port that the endpoint stands for. */
  readonly port: number;
  readonly portRole: PortRole;
  readonly tls: TlsMode;
  readonly client: string;
  readonly judgement: Judgement;
  /** When TLS stood, relative to the first credential, and with what; absent where no credential was sent inside TLS. */
  readonly encryption?: string;
  readonly visit: Visit;
}

/** What the demonstration consists of: rows come as they are proved. */
export interface DemoParts {
  /** Honest endpoints on all eight ports, every client careful. */
  honest(): AsyncIterable<DemoRow>;
  /** Servers that are not ours, with waxseal between them and the client. */
  real(): AsyncIterable<DemoRow>;
  /** The same endpoints, each with one fault; the same clients. */
  tampered(): AsyncIterable<DemoRow>;
  /** A client that can be stripped. */
  caught(): Promise<DemoRow>;
  /** What that client is, such as `nodemailer without requireTLS`. */
  readonly careless: string;
  /** Programs that were not found, with what they would have been used for. */
  readonly missing: readonly string[];
}

/** Sets the demonstration up on loopback, runs `show` and clears up; nothing leaves this machine. `has` tells whether an npm package is installed. */
export const demonstrate = async (
  show: (parts: DemoParts) => Promise<void>,
  has: (name: string) => boolean = isInstalled,
): Promise<void> => {
  await requireReachable('127.0.0.1');
  await using folder = folderOrWhy();
  const authority = await createAuthority();
  const clients = demoClients('why' in folder ? folder.why : { folder, trust: authority }, has);
  const controls = new Map<PortRole, ControlFacts>();
  let number = 0;
  const run = async (
    one: Case,
    client: DemoClient,
    real?: { readonly name: string; readonly listener: DaemonListener },
  ): Promise<DemoRow> => {
    number += 1;
    const settings: VisitSettings = {
      seed: 'demo',
      place: loopback,
      authority,
      driver: client.driver,
      policy: 'required',
      maxTime: MAX_TIME,
      secrets: new Map(),
      ...(real && {
        through: {
          server: { host: real.listener.address, port: real.listener.port, protocol: one.protocol, tls: one.tls },
          ca: authority.pem,
          account: ACCOUNT,
        },
      }),
    };
    const control = controls.get(one.portRole);
    const seen = await visit(one, number, settings, control && one.scenario.id !== 'control' ? { control } : {});
    if (one.scenario.id === 'control' && real === undefined) controls.set(one.portRole, controlFacts(seen));
    const encryption = encryptionOf(seen, real === undefined);
    return {
      ...(real && { endpoint: real.name }),
      port: portOf(one.portRole).port,
      portRole: one.portRole,
      tls: one.tls,
      client: client.name,
      judgement: judgeVisit(one, seen),
      ...(encryption !== undefined && { encryption }),
      visit: seen,
    };
  };
  await show({
    async *honest() {
      for (const port of COMMON_PORTS) yield await run(demoCase(port, 'control'), clients.careful(port.protocol));
    },
    async *real() {
      for (const start of [startSmtpServer, startDovecot, startPostfix]) {
        const server = await started(start, authority, clients.missing);
        if (server === undefined) continue;
        try {
          for (const listener of server.listeners) {
            const port = portOf(listener.portRole);
            yield await run({ ...demoCase(port, 'control'), seat: 'middle' }, clients.careful(port.protocol), {
              name: `${server.name} ${server.version}`,
              listener,
            });
          }
        } finally {
          await server.stop();
        }
      }
    },
    async *tampered() {
      for (const port of COMMON_PORTS)
        yield await run(
          demoCase(port, port.tls === 'starttls' ? 'starttls-not-offered' : 'certificate-fault'),
          clients.careful(port.protocol),
        );
    },
    async caught() {
      const { port } = clients.careless;
      await run(demoCase(port, 'control'), clients.careless);
      return run(demoCase(port, 'starttls-not-offered'), clients.careless);
    },
    careless: clients.careless.title,
    missing: clients.missing,
  });
};

/** The session's folder, or why there is none: only commands need one. */
const folderOrWhy = (): SessionFolder | (AsyncDisposable & { readonly why: string }) => {
  try {
    return openSession();
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
    return { why: error.message, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
};

/** Starts a real server on an address of its own, or says what it would take. */
const started = async (
  start: (options: DaemonOptions) => Promise<RunningDaemon>,
  authority: Authority,
  missing: string[],
): Promise<RunningDaemon | undefined> => {
  const certificate = await authority.issue('good', { dns: ['localhost'], ip: [REAL_ADDRESS] });
  try {
    return await start({ address: REAL_ADDRESS, configuration: 'good', certificate, users: [ACCOUNT] });
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
    missing.push(error.message);
    return undefined;
  }
};

/** How long before the first credential (or, without one, the mail) TLS stood, and with what. */
const encryptionOf = (seen: Visit, withSuite: boolean): string | undefined => {
  for (const { said, boundaries } of readings(seen)) {
    const secret =
      said.find((each) => each.trusted && each.unit.moment === 'login') ??
      said.find((each) => each.trusted && each.unit.moment === 'message');
    const boundary = boundaries.findLast(
      ({ facts }) => facts.completed && secret !== undefined && facts.at <= secret.at,
    )?.facts;
    if (secret === undefined || boundary === undefined) continue;
    const suite = withSuite
      ? ` ${(boundary.cipher ?? 'unknown suite').replace(/^TLS_/, '').replace(/_SHA\d+$/, '')},`
      : '';
    const what = secret.unit.moment === 'login' ? 'login' : 'mail';
    return `${(boundary.version ?? 'TLS').replace('TLSv', 'TLS ')}${suite} ${(secret.at - boundary.at).toFixed(1)} ms before ${what}`;
  }
  return undefined;
};

const ACCOUNT = { user: 'joe', password: 'sesame-open-the-door' };
/** Not the clients' own: Dovecot 2.3 calls a connection between two equal addresses secure. */
const REAL_ADDRESS = '127.0.0.2';
const MAX_TIME = 8000;
