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
 * The line of one connection (`"line": "connection"`), as it stands by itself: the result of its client comes at the end, since later
 * connections may change it.
 */
export const connectionLine = (connection: number, isOpen: boolean, { visit: _visit, ...result }: Result): string =>
  lineOf({ line: 'connection', connection, ...(isOpen && { open: true }), ...result });

/** Whether a line, without its line end, is that of a connection. */
export const isConnectionLine = (line: string): boolean => line.startsWith('{"line":"connection",');

/**
 * What is known at the end: a line for each family of certificate chains and closed port, and the rest of the report
 * (`"line": "summary"`). Visits are left out: they are what makes reports large.
 */
const tailLines = (
  {
    schema: _schema,
    tool: _tool,
    kind,
    startedAt: _startedAt,
    seed: _seed,
    place: _place,
    authorizedBy: _authorizedBy,
    subject,
    depth: _depth,
    results: _results,
    visits: _visits,
    chains = [],
    closed = [],
    ...rest
  }: Report,
  head: ReportHead,
): string[] => [
  ...chains.map((family) => lineOf({ line: 'chains', ...family })),
  ...closed.map((port) => lineOf({ line: 'closed', ...port })),
  lineOf({
    line: 'summary',
    ...(kind !== head.kind && { kind }),
    ...(jsonText(subject) !== jsonText(head.subject) && { subject }),
    ...rest,
  }),
];

/**
 * A whole report, line by line. Where `head` was told before all of it was known, the summary repeats what turned out otherwise: the
 * kind of recordings, and the servers that clients asked for.
 */
export const reportLines = (report: Report, head: ReportHead = report): string[] => [
  headLine(head),
  ...report.results.map(resultLine),
  ...tailLines(report, head),
];

/** JSON escapes line ends, so that a peer's text cannot begin a line. */
const lineOf = (value: object): string => `${jsonText(value)}\n`;
