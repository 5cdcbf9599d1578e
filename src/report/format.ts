import type { Report } from '../document/report-model.js';
import type { Severity, Visit } from '../verdict/visit.js';
import { thinned } from './thinned.js';

/** How a report is rendered. Formats for machines ignore it. */
export interface RenderContext {
  readonly color: boolean;
  /** Columns. */
  readonly width: number;
  /** Lines longer than `width` may be cut: on a terminal only, what is stored or piped is whole. */
  readonly cut: boolean;
  /** A line for each good result too, instead of their number. */
  readonly passes: boolean;
  /** Of an audit of many targets a line for each, instead of their ports and findings. */
  readonly targetLines?: boolean | undefined;
  /** Remedies for all software that a result names, a line each, instead of those that fit. */
  readonly allRemedies?: boolean | undefined;
  /** Transcripts of the first result of each finding, of all results, or none. */
  readonly transcripts: 'bad' | 'all' | 'none';
  /** The visits that the report names by a path only, by number. */
  readonly visits: ReadonlyMap<number, Pick<Visit, 'connections' | 'lookups'>>;
  /** The threshold of the exit code, where the user chose one. */
  readonly failOn?: Severity | undefined;
}

/** A form of the report document. */
export interface Format {
  /** As in `--format` and `--report`: lower-case letters and digits. */
  readonly id: string;
  readonly title: string;
  /** Suffix of file names, without the dot. */
  readonly extension: string;
  /** The whole output with its last line end. What peers said stands in the report as it came: it must be escaped here. */
  readonly render: (report: Report, context: RenderContext) => string;
}

/** A format that is loaded when something is to be written in it: what few ask for costs the others no start-up. */
export interface LateFormat extends Omit<Format, 'render'> {
  readonly load: () => Promise<Format>;
}

/** Declares a format; a file of `formats/` with one as its default export is all that a format costs, but for its golden file. */
export const defineFormat = (format: Format): Format => ({
  ...format,
  render: (report, context) => format.render(...thinned(report, context)),
});
