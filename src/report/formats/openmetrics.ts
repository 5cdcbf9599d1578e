import { certificateDates } from '../../document/certificate-dates.js';
import type { Report, Result } from '../../document/report-model.js';
import { defineFormat } from '../format.js';
import { braces } from '../metrics.js';
import { standingOf } from '../standing.js';

/** OpenMetrics text, for a textfile collector or a scrape: counts by status, a sample for each result, the dates of certificates. */
export default defineFormat({
  id: 'openmetrics',
  title: 'OpenMetrics: counts, results and certificate dates for monitoring',
  extension: 'prom',
  render: (report, { failOn }) => {
    const { results, summary, startedAt, finishedAt, tool, kind, faults = [] } = report;
    return `${[
      // Not of type `info`: readers of Prometheus’ own text format (the textfile collector, promtool) refuse the file for it.
      ...metric('waxseal_info', 'gauge', 'Which waxseal made the report.', [
        ['waxseal_info', { version: tool.version, kind }, 1],
      ]),
      ...metric(
        'waxseal_results',
        'gauge',
        'Results by status.',
        Object.entries(summary).map(([status, count]) => ['waxseal_results', { status }, count]),
      ),
      ...metric(
        'waxseal_result_failed',
        'gauge',
        '1: the result makes the exit code 1; 0: it does not.',
        unique(results).map((result) => [
          'waxseal_result_failed',
          labelsOf(result),
          standingOf(result, failOn).kind === 'failed' ? 1 : 0,
        ]),
      ),
      ...metric('waxseal_faults', 'gauge', 'What could not be observed at all.', [
        ['waxseal_faults', {}, faults.length],
      ]),
      ...metric(
        'waxseal_certificate_not_after_timestamp_seconds',
        'gauge',
        'When the certificate of a port expires.',
        expiries(report),
      ),
      ...metric('waxseal_run_timestamp_seconds', 'gauge', 'When the run ended.', [
        ['waxseal_run_timestamp_seconds', {}, seconds(finishedAt)],
      ]),
      ...metric('waxseal_run_duration_seconds', 'gauge', 'How long the run took.', [
        ['waxseal_run_duration_seconds', {}, Number((seconds(finishedAt) - seconds(startedAt)).toFixed(3))],
      ]),
      '# EOF',
    ].join('\n')}\n`;
  },
});

type Sample = readonly [name: string, labels: Readonly<Record<string, string>>, value: number];

const metric = (name: string, type: 'gauge', help: string, samples: readonly Sample[]): string[] =>
  samples.length === 0
    ? []
    : [
        `# TYPE ${name} ${type}`,
        `# HELP ${name} ${help}`,
        ...samples.map(([sample, labels, value]) => `${sample}${braces(labels)} ${String(value)}`),
      ];

const labelsOf = ({ case: key, id, status, severity, protocol, tls, host, port }: Result): Record<string, string> => ({
  case: key,
  id,
  status,
  protocol,
  tls,
  ...(severity !== undefined && { severity }),
  ...(host !== undefined && { host }),
  ...(port !== undefined && host !== undefined && { port: String(port) }),
});

/** One sample a label set: of several clients of a proxy the worst counts. */
const unique = (results: readonly Result[]): Result[] => {
  const seen = new Map<string, Result>();
  for (const result of results) {
    const key = JSON.stringify(labelsOf(result));
    if (!seen.has(key)) seen.set(key, result);
  }
  return [...seen.values()];
};

/** The date of every certificate that a port showed. */
const expiries = (report: Report): Sample[] =>
  certificateDates(report).map(({ host, port, address, protocol, keyType, notAfter }) => [
    'waxseal_certificate_not_after_timestamp_seconds',
    {
      host,
      port: String(port),
      protocol,
      ...(address !== undefined && { address }),
      ...(keyType !== undefined && { key: keyType }),
    },
    seconds(notAfter),
  ]);

const seconds = (date: string): number => Date.parse(date) / 1000;
