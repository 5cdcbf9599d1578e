import { certificateDates } from '../document/certificate-dates.js';
import type { Report } from '../document/report-model.js';
import type { Severity } from '../verdict/visit.js';
import { escaped } from './escape.js';
import { weaknessesIn } from './negotiated.js';
import { hostPort } from '../wire/host-port.js';

/** What a monitor asks for. */
export interface MonitorThresholds {
  /** Days that a certificate must still be valid, or the state is WARNING. */
  readonly warningDays: number;
  /** Fewer days are CRITICAL. */
  readonly criticalDays: number;
}

/** What a monitoring plug-in says (monitoring-plugins guidelines): the state is its exit code. */
export interface MonitorState {
  /** 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
  readonly code: 0 | 1 | 2 | 3;
  /** The line with performance data; with `verbose` one more for each finding. */
  readonly text: string;
}

/** An audit as a monitor reads it. */
export const monitorState = (
  report: Report,
  { warningDays, criticalDays }: MonitorThresholds,
  isVerbose = false,
): MonitorState => {
  const problems: Problem[] = [
    ...report.results.flatMap(({ status, severity, because, case: key, known }): Problem[] => {
      if (known?.state === 'expected') return [];
      if (status === 'fail') return [{ code: CRITICAL.has(severity) ? 2 : 1, says: `${because} (${key})` }];
      return status === 'inconclusive' ? [{ code: 3, says: `${because} (${key})` }] : [];
    }),
    ...(report.faults ?? []).map((says): Problem => ({ code: 2, says })),
    // A port that was asked for and does not answer is no good news here.
    ...(report.results.length === 0 && (report.faults ?? []).length === 0
      ? [{ code: 2 as const, says: 'no port answered' }]
      : []),
  ];
  const dates = certificateDates(report);
  const [first] = dates;
  const left = first?.days;
  if (first !== undefined && left !== undefined && left < warningDays)
    problems.push({
      code: left < criticalDays ? 2 : 1,
      says: `the certificate of ${hostPort(first.host, first.port)} ${left < 0 ? 'has expired' : `expires in ${String(left)} days`} (${first.notAfter.slice(0, 10)})`,
    });
  // The one connection offers everything up to TLS 1.3: where it gets an old version, the port has nothing better.
  problems.push(
    ...weaknessesIn(report.results).map(({ host, port, says }): Problem => ({
      code: 1,
      says: `${hostPort(host, port)} ${says}`,
    })),
  );
  const code = WORST_FIRST.find((each) => problems.some((problem) => problem.code === each)) ?? 0;
  const passed = report.results.filter(({ status }) => status === 'pass').length;
  const counted = problems.filter((problem) => problem.code === code);
  const [worst] = counted;
  const more = problems.length - 1;
  const summary =
    worst === undefined
      ? `${String(passed)} checks passed${left === undefined ? '' : `, certificate valid for ${String(left)} days`}`
      : `${worst.says}${more > 0 ? `; ${String(more)} more` : ''}`;
  const about = `${(report.subject.targets ?? []).join(' ')}: `;
  const seconds = (Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1000;
  const performance = [
    `time=${seconds.toFixed(3)}s;;;0`,
    ...(left === undefined
      ? []
      : [`days=${String(left)};@~:${String(warningDays - 1)};@~:${String(criticalDays - 1)}`]),
    `passed=${String(passed)};;;0`,
    `failed=${String(report.results.filter(({ status }) => status === 'fail').length)};;;0`,
    `inconclusive=${String(report.results.filter(({ status }) => status === 'inconclusive').length)};;;0`,
  ];
  const lines = [
    `WAXSEAL ${STATES[code]} - ${plain(summary.startsWith(about) ? summary : `${about}${summary}`)} | ${performance.join(' ')}`,
    ...(isVerbose ? problems.map((problem) => `${STATES[problem.code]}: ${plain(problem.says)}`) : []),
  ];
  return { code, text: `${lines.join('\n')}\n` };
};

interface Problem {
  readonly code: 1 | 2 | 3;
  readonly says: string;
}

/** One line, in which the bar begins the performance data. */
const plain = (text: string): string => escaped(text).replaceAll('|', '¦');

const CRITICAL: ReadonlySet<Severity | undefined> = new Set<Severity | undefined>(['critical', 'high']);
const STATES = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
/** What is certain and bad comes before what is not known. */
const WORST_FIRST = [2, 1, 3] as const;
