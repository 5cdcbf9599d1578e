import { Fault } from '../fault.js';
import type { ProtocolName, TlsMode } from '../protocols/protocol.js';
import scenarios from '../scenarios/index.js';
import { parseTarget } from '../targets/target.js';
import { caseId, casesOf, type Case } from '../cases/case.js';
import { startProxy, type ProxyOptions, type RunningProxy } from './proxy.js';
import { proxyReport } from './proxy-report.js';
import { recordingOf } from '../document/recording.js';
import type { Report } from '../document/report-model.js';
import type { Known } from '../verdict/known.js';
import { realServer, type NamedServer } from '../targets/real-server.js';
import { caseNames, isSelected, nearest } from '../cases/selection.js';

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

/** Puts one scenario between clients and a real server, until `stop()`. Throws `BAD_USAGE` for what can't be meant or must not be done. */
export const proxy = async ({
  target,
  scenario,
  protocol,
  tls,
  authorizedBy,
  known = [],
  ...options
}: NamedProxyOptions): Promise<ReportingProxy> => {
  const startedAt = new Date().toISOString();
  const server = await realServer(parseTarget(target), {
    ...(protocol && { protocol }),
    ...(tls && { tls }),
    ...(authorizedBy !== undefined && { authorizedBy }),
  });
  const running = await startProxy({ ...options, server, ...proxyCases(server, scenario) });
  const report = (): Report =>
    proxyReport(running.outcomes(), {
      seed: running.seed,
      startedAt,
      target,
      known,
      faults: running.faults(),
      diagnosis: [],
      keep: ({ visit, masks }) => recordingOf(visit, masks),
      ...(authorizedBy !== undefined && { authorizedBy }),
    });
  return { ...running, report };
};

/** The cases that names of scenarios mean before this server, and their control; throws `BAD_USAGE` where one means none. */
export const proxyCases = (
  { protocol, tls, portRole }: NamedServer,
  names: string | readonly string[] = [],
): { readonly cases: readonly [Case, ...Case[]]; readonly control: Case } => {
  const all = casesOf(scenarios, protocol, tls, 'middle', portRole);
  const control = all.find(({ scenario }) => scenario.id === 'control');
  if (control === undefined) throw new Fault('HARNESS_BUG', `there is no control for ${protocol} with ${tls}`);
  const named = typeof names === 'string' ? [names] : names;
  const wanted = named.length === 0 ? [tls === 'starttls' ? 'starttls-not-offered' : 'control'] : named;
  for (const name of wanted) {
    if (all.some((one) => isSelected([name], caseNames(one)))) continue;
    const near = nearest(name, all.map(caseId));
    throw new Fault(
      'BAD_USAGE',
      `no scenario ${JSON.stringify(name)} for ${protocol} with ${tls} between client and server${near === undefined ? '' : `; did you mean ${near}?`}; waxseal list scenarios shows all`,
    );
  }
  // Variants of a scenario that was named alone are one attack each: the first one stands for it.
  const isChosen = (one: Case): boolean =>
    wanted.some((name) => isSelected([name], caseNames(one)) && (name !== one.scenario.id || isFirst(one)));
  const isFirst = (one: Case): boolean => all.find(({ scenario }) => scenario.id === one.scenario.id) === one;
  const [first, ...more] = all.filter(isChosen);
  return { cases: first === undefined ? [control] : [first, ...more], control };
};
