import { caseId } from '../cases/case.js';
import { recordingOf } from '../document/recording.js';
import { reportOf } from '../document/report.js';
import type { Report, Result } from '../document/report-model.js';
import { resultOf } from '../document/result.js';
import type { Known } from '../verdict/known.js';
import type { ClientStatus } from '../verdict/visit.js';
import type { ServedVerdict } from './serve.js';

/** A verdict of which the transcript may be gone. */
export type KeptVerdict = Omit<ServedVerdict, 'visit' | 'masks'> & Partial<Pick<ServedVerdict, 'visit' | 'masks'>>;

/** What surrounds the verdicts of endpoints in their report. */
export interface ServeReportContext {
  readonly seed: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly known?: readonly Known[] | undefined;
  readonly interrupted?: boolean;
  /** Options that the command line which serves the same again needs besides what a case says, for the endpoint on a port. */
  readonly options?: (port: number) => readonly string[];
  /** All connections by status, of which `verdicts` may hold a part. */
  readonly counts?: ReadonlyMap<ClientStatus, number>;
}

/** What is named as the subject of a report of endpoints. */
export const SERVED: Report['subject'] = { command: ['waxseal', 'serve'] };

/** The result of one connection, before known results are applied. */
export const servedResult = (
  { one, endpoint, judgement, visit, client, peer, at }: KeptVerdict,
  { seed, options = () => [] }: Pick<ServeReportContext, 'seed' | 'options'>,
): Result =>
  resultOf(one, judgement, {
    met: { by: 'serve', at, peer, ...(client !== '' && { client }) },
    ...(visit && { visit }),
    reproduce: [
      'waxseal',
      'serve',
      '--protocol',
      one.protocol,
      '--tls',
      one.tls,
      // Without it the server is an honest one.
      ...(one.scenario.id === 'control' ? [] : ['--scenario', caseId(one)]),
      ...options(endpoint.port),
      '--seed',
      seed,
    ],
  });

/** The report of endpoints that were kept up: a result for each connection. */
export const serveReport = (
  verdicts: readonly KeptVerdict[],
  { seed, startedAt, known, interrupted, options, counts = new Map() }: ServeReportContext,
): Report => {
  const left = [...counts.values()].reduce((sum, count) => sum + count, 0) - verdicts.length;
  const report = reportOf({
    kind: 'test',
    startedAt,
    seed,
    place: 'loopback',
    interrupted,
    subject: SERVED,
    results: verdicts.map((verdict) => servedResult(verdict, { seed, ...(options && { options }) })),
    known,
    ...(left > 0 && {
      diagnosis: [`${String(left)} further connections proved nothing and are in the summary only`],
    }),
    isPartial: true,
    visits: verdicts.flatMap(({ visit, masks = [] }) => (visit === undefined ? [] : [recordingOf(visit, masks)])),
  });
  // Of very many connections only a part has results; all are counted.
  return { ...report, summary: { ...report.summary, ...Object.fromEntries(counts) } };
};
