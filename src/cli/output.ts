import { writeFileSync } from 'node:fs';
import { Fault } from '../fault.js';
import { jsonReport } from '../report/json.js';
import { textReport, type TextOptions } from '../report/text.js';
import type { Report } from '../run/report-model.js';
import { reason, requireWritable } from './files.js';
import type { CommonOptions, ReportFormat } from './options.js';

type OutputOptions = Pick<CommonOptions, 'format' | 'report' | 'transcript'>;

/** Refuses reports that could not be written, before anything long begins. */
export const requireOutputs = ({ report }: Pick<CommonOptions, 'report'>): void => {
  for (const { file } of report) requireWritable(file, 'the report');
};

/** Writes the report to standard output and to every file that was asked for. */
export const writeReport = (report: Report, visits: TextOptions['visits'], options: OutputOptions, connections: NonNullable<TextOptions['connections']> = []): void => {
  const render = (format: ReportFormat, color: boolean, width: number): string =>
    format === 'json' ? jsonReport(report) : textReport(report, { color, width, visits, connections, transcripts: options.transcript === true ? 'all' : 'bad' });
  process.stdout.write(render(options.format, isColored(process.stdout), Math.max(60, Math.min(process.stdout.columns || 80, 120))));
  for (const { format, file } of options.report) {
    try {
      writeFileSync(file, render(format, false, 80));
    } catch (error) {
      throw new Fault('BAD_USAGE', `the report ${JSON.stringify(file)} could not be written: ${reason(error)}`);
    }
  }
};

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
