import type { Report, Result } from '../document/report-model.js';
import { jsonText } from './escape.js';

/** What is known of a report before its first result. */
export type ReportHead = Pick<
  Report,
  'schema' | 'tool' | 'kind' | 'startedAt' | 'seed' | 'place' | 'authorizedBy' | 'subject' | 'depth'
>;

/** The first line (`"line": "report"`), with its line end; other members of the report are left out. */
export const headLine = ({
  schema,
  tool,
  kind,
  startedAt,
  seed,
  place,
  authorizedBy,
  subject,
  depth,
}: ReportHead): string =>
  lineOf({ line: 'report', schema, tool, kind, startedAt, seed, place, authorizedBy, subject, depth });

/** The line of one result (`"line": "result"`), with its line end. */
export const resultLine = (result: Result): string => lineOf({ line: 'result', ...result });

/**
 * What is known at the end: a line for each family of certificate chains and closed port, and the rest of the report
 * (`"line": "summary"`). Visits are left out: they are what makes reports large.
 */
const tailLines = ({
  schema: _schema,
  tool: _tool,
  kind: _kind,
  startedAt: _startedAt,
  seed: _seed,
  place: _place,
  authorizedBy: _authorizedBy,
  subject: _subject,
  depth: _depth,
  results: _results,
  visits: _visits,
  chains = [],
  closed = [],
  ...rest
}: Report): string[] => [
  ...chains.map((family) => lineOf({ line: 'chains', ...family })),
  ...closed.map((port) => lineOf({ line: 'closed', ...port })),
  lineOf({ line: 'summary', ...rest }),
];

/** A whole report, line by line. */
export const reportLines = (report: Report): string[] => [
  headLine(report),
  ...report.results.map(resultLine),
  ...tailLines(report),
];

/** JSON escapes line ends, so that a peer's text cannot begin a line. */
const lineOf = (value: object): string => `${jsonText(value)}\n`;
