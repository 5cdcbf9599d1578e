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
import { nearest } from '../cases/selection.js';

/** A proxy as a user names it. */
export interface NamedProxyOptions extends Omit<ProxyOptions, 'server' | 'one' | 'control'> {
  /** The real server: `imap://127.0.0.2:1143`, `mail.lab.test:587`. */
  readonly target: string;
  /** What to do to connections, as id or id/variant; `starttls-not-offered`, or `control` for implicit TLS, unless told. */
  readonly scenario?: string;
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

/** The case that a scenario's name means before this server, and its control; throws `BAD_USAGE` where there is none. */
export const proxyCases = (
  { protocol, tls, portRole }: NamedServer,
  name: string | undefined,
): { readonly one: Case; readonly control: Case } => {
  const cases = casesOf(scenarios, protocol, tls, 'middle', portRole);
  const control = cases.find(({ scenario }) => scenario.id === 'control');
  if (control === undefined) throw new Fault('HARNESS_BUG', `there is no control for ${protocol} with ${tls}`);
  const wanted = name ?? (tls === 'starttls' ? 'starttls-not-offered' : 'control');
  const one = cases.find((each) => caseId(each) === wanted) ?? cases.find(({ scenario }) => scenario.id === wanted);
  if (one !== undefined) return { one, control };
  const near = nearest(wanted, cases.map(caseId));
  throw new Fault(
    'BAD_USAGE',
    `${JSON.stringify(wanted)} is no scenario of ${protocol} with ${tls} between client and server${near === undefined ? '' : `; did you mean ${near}?`}; waxseal list scenarios shows all`,
  );
};
