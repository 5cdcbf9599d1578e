import type { ProtocolName, TlsMode } from '../protocols/protocol.js';
import { parseTarget } from '../targets/target.js';
import { startAnyServer, type AnyServerOptions } from './any-server.js';
import { startProxy, type ProxyOptions, type RunningProxy } from './proxy.js';
import { proxyCases } from './proxy-cases.js';
import { proxyReport } from './proxy-report.js';
import { recordingOf } from '../document/recording.js';
import type { Report } from '../document/report-model.js';
import type { Known } from '../verdict/known.js';
import { realServer } from '../targets/real-server.js';

/** A proxy as a user names it. */
export interface NamedProxyOptions extends Omit<ProxyOptions, 'server' | 'cases' | 'control'> {
  /** The real server: `imap://127.0.0.2:1143`, `mail.lab.test:587`. */
  readonly target: string;
  /**
   * What to do to connections, as id, id/variant or glob; several take turns. `starttls-not-offered`, or `control` for
   * implicit TLS, by default.
   */
  readonly scenario?: string | readonly string[];
  readonly protocol?: ProtocolName;
  readonly tls?: TlsMode;
  /** Who permits it; required where the server is neither on this machine nor in a private network. */
  readonly authorizedBy?: string;
  /** Results that are accepted, with a reason each, for the report. */
  readonly known?: readonly Known[];
}

/** A proxy that can report. */
export interface ReportingProxy extends RunningProxy {
  /** The report document of what came until now. */
  readonly report: () => Report;
}

/** A forwarding proxy as a user names it. */
export interface NamedSocksOptions extends Omit<AnyServerOptions, 'attacks' | 'path'> {
  /**
   * What to do to connections, as id, id/variant or glob; several take turns. `starttls-not-offered`, and `certificate-fault` for
   * implicit TLS, by default. Where a name means nothing for a server, its connections are not attacked.
   */
  readonly scenario?: string | readonly string[];
  /** Results that are accepted, with a reason each, for the report. */
  readonly known?: readonly Known[];
}

/** Puts one scenario between clients and a real server, until `stop()`. Throws `BAD_USAGE` for what can't be meant or must not be done. */
export const proxy = async ({
  target,
  scenario,
  protocol,
  tls,
  authorizedBy,
  known,
  ...options
}: NamedProxyOptions): Promise<ReportingProxy> => {
  const startedAt = new Date().toISOString();
  const server = await realServer(parseTarget(target), {
    ...(protocol && { protocol }),
    ...(tls && { tls }),
    ...(authorizedBy !== undefined && { authorizedBy }),
  });
  const running = await startProxy({ ...options, server, ...proxyCases(server, { names: listOf(scenario) }) });
  return reporting(running, { startedAt, target, known, authorizedBy });
};

/**
 * Puts scenarios between clients and whatever servers they ask this proxy for, by SOCKS 5 or HTTP CONNECT, until `stop()`. What is no
 * mail is passed on untouched. Throws `BAD_USAGE`, `CANNOT_BIND`.
 */
export const socksProxy = async ({ scenario, known, ...options }: NamedSocksOptions = {}): Promise<ReportingProxy> => {
  const startedAt = new Date().toISOString();
  const running = await startAnyServer({ ...options, attacks: { names: listOf(scenario) } });
  return reporting(running, { startedAt, known, authorizedBy: options.authorizedBy });
};

const listOf = (scenario: string | readonly string[] = []): readonly string[] =>
  typeof scenario === 'string' ? [scenario] : scenario;

interface Surroundings {
  readonly startedAt: string;
  readonly target?: string;
  readonly known: readonly Known[] | undefined;
  readonly authorizedBy: string | undefined;
}

const reporting = (
  running: RunningProxy,
  { startedAt, target, known = [], authorizedBy }: Surroundings,
): ReportingProxy => ({
  ...running,
  report: () =>
    proxyReport(running.outcomes(), {
      seed: running.seed,
      startedAt,
      ...(target === undefined ? { options: ['--socks', String(running.port)] } : { target }),
      known,
      faults: running.faults(),
      diagnosis: running.notes(),
      keep: ({ visit, masks }) => recordingOf(visit, masks),
      ...(authorizedBy !== undefined && { authorizedBy }),
    }),
});
