import { profileReport } from '../document/profile-report.js';
import { reportOf } from '../document/report.js';
import type { Report } from '../document/report-model.js';
import type { Profile } from '../profiles/profile.js';
import type { Known } from '../verdict/known.js';
import type { AuditSession } from './audit.js';

/** What surrounds an audit in its report. */
export interface AuditReportContext {
  readonly known?: readonly Known[] | undefined;
  /** Some checks were left out on purpose. */
  readonly isPartial?: boolean;
  readonly interrupted?: boolean;
  /** The norm to judge by. */
  readonly profile?: Profile | undefined;
}

/** The report of an audit: its results, closed ports and faults, and the connections as `visits`. */
export const auditReport = (
  session: Omit<AuditSession, 'listeners' | 'report'>,
  { known, isPartial, interrupted, profile }: AuditReportContext = {},
): Report =>
  reportOf({
    kind: 'audit',
    startedAt: session.startedAt,
    finishedAt: session.finishedAt,
    interrupted,
    seed: session.seed,
    subject: { targets: [...session.targets] },
    results: [...session.results],
    known,
    isPartial,
    // By its caller: what knows all checks is loaded where servers are judged only.
    profile: profile && profileReport(profile, session.results),
    depth: session.depth,
    from: session.from,
    leftOut: [...session.leftOut],
    closed: session.closed.map(({ target, host, address, port, how }) => ({ target, host, address, port, how })),
    alsoNamed: session.alsoNamed,
    ...(session.traffic && { traffic: session.traffic }),
    diagnosis: [...session.notes],
    faults: session.faults.map(({ target, fault }) =>
      fault.message.startsWith(`${target} `) ? fault.message : `${target}: ${fault.message}`,
    ),
    visits: session.connections.map(({ id, listener, probe, transcript }) => ({
      id,
      portRole: listener.role,
      port: listener.port,
      entries: transcript.entries,
      probe,
    })),
  });
