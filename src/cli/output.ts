import { Fault, isFault } from '../fault.js';
import { reportExitCode } from '../document/exit-code.js';
import type { Report } from '../document/report-model.js';
import { escaped } from '../report/escape.js';
import type { LateFormat, RenderContext } from '../report/format.js';
import { LATE_FORMATS } from '../report/formats/late.js';
import { columns } from './columns.js';
import { bugMessage } from './bug.js';
import { requireWritable, writeOut } from './files.js';
import { LINES, type LineReports } from './line-reports.js';
import type { CommonOptions, ReportFile } from './options.js';

type OutputOptions = Pick<CommonOptions, 'format' | 'report' | 'transcript' | 'failOn' | 'verbose'>;

/** Refuses reports that could not be written, and loads what writes them, before anything long begins. */
export const requireOutputs = async ({
  report,
  format: standard,
}: Pick<CommonOptions, 'report'> & Partial<Pick<CommonOptions, 'format'>>): Promise<void> => {
  for (const { file } of report) requireWritable(file, 'the report');
  for (const { id, load } of LATE_FORMATS)
    if (id === standard || report.some(({ format }) => format === id)) await load();
};

/** What a command knows besides its report. */
export interface SessionEnd {
  /** The visits that the report names by their paths only. */
  readonly visits?: RenderContext['visits'];
  /** What went wrong in waxseal itself; the report holds what was gathered all the same. */
  readonly bug?: unknown;
  /** The formats to choose from; all by default. */
  readonly formats?: readonly LateFormat[];
  /** An audit of many targets is told in a line for each. */
  readonly targetLines?: boolean;
  /** An audit’s remedies are shown whole. */
  readonly allRemedies?: boolean;
  /** Outputs in JSON lines that were begun when the run was. */
  readonly lines?: LineReports;
}

/** Writes the report to standard output and to every file that was asked for, and gives the exit code. */
export const concluded = async (report: Report, options: OutputOptions, outcome: SessionEnd = {}): Promise<number> =>
  exitCode(report, options, [
    ...bugOf(outcome),
    ...(await writeReports(report, options, [undefined, ...options.report], outcome)),
  ]);

/** Writes the report to every file that was asked for, and gives the exit code; standard output had its own lines already. */
export const concludedInFiles = async (
  report: Report,
  options: OutputOptions,
  outcome: SessionEnd = {},
): Promise<number> =>
  exitCode(report, options, [...bugOf(outcome), ...(await writeReports(report, options, options.report, outcome))]);

const bugOf = ({ bug }: SessionEnd): unknown[] => (bug === undefined ? [] : [bug]);

/** Every report that can be written is, whatever became of the others; what went wrong comes back. */
const writeReports = async (
  report: Report,
  { format, transcript, failOn, verbose }: OutputOptions,
  outputs: readonly (ReportFile | undefined)[],
  { visits = new Map(), formats = LATE_FORMATS, targetLines = false, allRemedies = false, lines }: SessionEnd,
): Promise<unknown[]> => {
  const wrong: unknown[] = [];
  for (const output of outputs) {
    const context = {
      color: output === undefined && isColored(process.stdout),
      width: output === undefined ? columns() : 80,
      cut: output === undefined && process.stdout.isTTY,
      passes: verbose === true,
      visits,
      targetLines,
      allRemedies,
      transcripts: transcript === true ? ('all' as const) : ('bad' as const),
      failOn,
    };
    try {
      const id = output?.format ?? format;
      if (id === LINES && lines?.complete(output, report) === true) continue;
      const text = await rendered(report, id, context, formats);
      if (output === undefined) process.stdout.write(text);
      else writeOut(output.file, text, 'the report');
    } catch (error) {
      wrong.push(error);
    }
  }
  return wrong;
};

/** A report in one format; whatever the format throws is our bug, and says which it was. */
const rendered = async (
  report: Report,
  id: string,
  context: RenderContext,
  formats: readonly LateFormat[],
): Promise<string> => {
  const format = formats.find((each) => each.id === id);
  if (format === undefined) throw new Fault('HARNESS_BUG', `there is no format ${JSON.stringify(id)}`);
  try {
    return (await format.load()).render(report, context);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Fault('HARNESS_BUG', `the report could not be rendered as ${id}: ${why}`, { cause: error });
  }
};

/** A bug is told after everything that was gathered, and decides. */
const exitCode = (report: Report, { failOn }: OutputOptions, wrong: readonly unknown[]): number => {
  const bugs = wrong.filter((error) => !isFault(error) || error.code === 'HARNESS_BUG');
  for (const bug of bugs) process.stderr.write(bugMessage(bug));
  for (const error of wrong)
    if (isFault(error) && error.code !== 'HARNESS_BUG') process.stderr.write(`waxseal: ${escaped(error.message)}\n`);
  if (bugs.length > 0) return 70;
  return wrong.length > 0 ? 2 : reportExitCode(report, failOn);
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
