import { writeFileSync } from 'node:fs';
import { Fault } from '../fault.js';
import { jsonReport } from '../report/json.js';
import { textReport, type TextOptions } from '../report/text.js';
import type { ShownConnection } from '../report/transcript.js';
import type { Report } from '../document/report-model.js';
import { reason, requireWritable } from './files.js';
import type { CommonOptions, ReportFormat } from './options.js';

type OutputOptions = Pick<CommonOptions, 'format' | 'report' | 'transcript'>;

/** Refuses reports that could not be written, before anything long begins. */
export const requireOutputs = ({ report }: Pick<CommonOptions, 'report'>): void => {
  for (const { file } of report) requireWritable(file, 'the report');
};

/** Writes the report to standard output and to every file that was asked for. */
export const writeReport = (
  report: Report,
  visits: TextOptions['visits'],
  options: OutputOptions,
  connections: readonly ShownConnection[] = [],
): void => {
  const width = Math.max(60, Math.min(process.stdout.columns || 80, 120));
  process.stdout.write(
    render(report, options.format, {
      color: isColored(process.stdout),
      width,
      visits,
      connections,
      transcripts: options.transcript === true ? 'all' : 'bad',
    }),
  );
  writeReportFiles(report, visits, options, connections);
};

/** Writes the report to every file that was asked for. */
export const writeReportFiles = (
  report: Report,
  visits: TextOptions['visits'],
  options: Omit<OutputOptions, 'format'>,
  connections: readonly ShownConnection[] = [],
): void => {
  for (const { format, file } of options.report) {
    try {
      writeFileSync(
        file,
        render(report, format, {
          color: false,
          width: 80,
          visits,
          connections,
          transcripts: options.transcript === true ? 'all' : 'bad',
        }),
      );
    } catch (error) {
      throw new Fault('BAD_USAGE', `the report ${JSON.stringify(file)} could not be written: ${reason(error)}`);
    }
  }
};

const render = (report: Report, format: ReportFormat, options: TextOptions): string =>
  format === 'json' ? jsonReport(report) : textReport(report, options);

/** `NO_COLOR` wins over everything, a terminal decides otherwise. */
export const isColored = (stream: NodeJS.WriteStream): boolean => {
  if ((process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb') return false;
  return stream.isTTY || (process.env['FORCE_COLOR'] ?? '') !== '';
};

/** Progress for people: on standard error, and on a terminal only. */
export const progress = (): { show: (text: string) => void; clear: () => void } => {
  const { stderr } = process;
  if (!stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  return {
    show: (text) => stderr.write(`\r\x1b[K${text.slice(0, Math.max(20, (stderr.columns || 80) - 1))}`),
    clear: () => stderr.write('\r\x1b[K'),
  };
};
