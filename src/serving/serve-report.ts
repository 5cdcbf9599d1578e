import { recordingOf } from '../document/recording.js';
import { reportOf } from '../document/report.js';
import type { Report } from '../document/report-model.js';
import { resultOf } from '../document/result.js';
import type { Known } from '../verdict/known.js';
import type { ServedVerdict } from './serve.js';

/** What surrounds the verdicts of endpoints in their report. */
export interface ServeReportContext {
  readonly seed: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly known?: readonly Known[] | undefined;
  readonly interrupted?: boolean;
}

/** The report of endpoints that were kept up: a result for each connection. */
export const serveReport = (
  verdicts: readonly ServedVerdict[],
  { seed, startedAt, known, interrupted }: ServeReportContext,
): Report =>
  reportOf({
    kind: 'test',
    startedAt,
    seed,
    place: 'loopback',
    interrupted,
    subject: { command: ['waxseal', 'serve'] },
    results: verdicts.map(({ one, judgement, visit }) =>
      resultOf(one, judgement, {
        visit,
        reproduce: ['waxseal', 'serve', '--protocol', one.protocol, '--tls', one.tls, '--seed', seed],
      }),
    ),
    known,
    isPartial: true,
    visits: verdicts.map(({ visit, masks }) => recordingOf(visit, masks)),
  });
