import picocolors from 'picocolors';
import { endpointText } from '../../probes/listener.js';
import type { Report, Result } from '../../document/report-model.js';
import { rank } from '../../verdict/judgement.js';
import { shownConnections } from '../observed.js';
import { escaped } from '../escape.js';
import { defineFormat, type RenderContext } from '../format.js';
import { shellWord } from '../shell-word.js';
import { cut, transcriptLines, wrapped } from '../transcript.js';

export default defineFormat({
  id: 'text',
  title: 'for people: worst first, with transcripts of what was bad',
  extension: 'txt',
  render: (report, context) => textReport(report, context),
});

/** A report for people: set-up first if something is wrong with it, one line a result, worst first, transcripts of what was bad, and a summary. */
const textReport = (report: Report, options: RenderContext): string => {
  const colors = picocolors.createColors(options.color);
  const { width } = options;
  const results = report.results.toSorted((a, b) => worse(a, b));
  const style: Style = {
    ...options,
    report,
    colors,
    isOneSetUp:
      new Set(results.map(({ protocol, tls, target }) => target ?? `${protocol} ${tls}`)).size === 1 &&
      report.kind !== 'audit',
    column: column(results),
  };
  const lines = [
    ...heading(report, width, colors),
    '',
    ...noteLines('Set-up', report.diagnosis ?? [], width, colors.yellow),
    ...grouped(results).flatMap((group) =>
      group.length === 1 ? resultLines(group[0], style) : groupLines(group, width, colors),
    ),
    '',
    ...closedLines(report, width, colors),
    ...noteLines('Not observed', report.faults ?? [], width, colors.yellow),
    ...summaryLines(report, colors),
  ];
  return `${lines.join('\n')}\n`;
};

type Colors = ReturnType<typeof picocolors.createColors>;

interface Style extends RenderContext {
  readonly report: Report;
  readonly colors: Colors;
  /** All results are of one protocol and TLS mode, which the heading tells. */
  readonly isOneSetUp: boolean;
  /** Columns for the names of good results. */
  readonly column: number;
}

const heading = (report: Report, width: number, { bold, dim }: Colors): string[] => {
  const { command, targets } = report.subject;
  const subject = command === undefined ? (targets ?? []).join(' ') : command.join(' ');
  const authorized = report.authorizedBy === undefined ? [] : [`authorized by ${escaped(report.authorizedBy)}`];
  const setUps = [...new Set(report.results.map(({ protocol, tls }) => `${protocol} ${tls}`))];
  const facts = [
    `waxseal ${report.tool.version}`,
    report.kind,
    ...(setUps.length === 1 && targets === undefined ? setUps : []),
    ...(report.place === undefined ? [] : [report.place]),
    ...(report.seed === undefined ? [] : [`seed ${escaped(report.seed)}`]),
    ...authorized,
  ];
  return [...wrapped(escaped(subject), width).map((line) => bold(line)), dim(facts.join(' · '))];
};

const resultLines = (result: Result, style: Style): string[] => {
  const { colors, width, isOneSetUp, transcripts } = style;
  const paint = painter(result.status, colors);
  const name = nameOf(result);
  const where = isOneSetUp ? '' : placeOf(result);
  const because = shownReason(result, style);
  if (GOOD.has(result.status) && transcripts !== 'all') {
    const word = result.status.padEnd(SHORT_STATUS);
    const room = Math.max(1, width - word.length - 1 - name.length);
    const tail = cut(
      `${' '.repeat(Math.max(0, style.column - name.length))} ${where === '' ? '' : `${where}: `}${because}`,
      room,
    );
    return [`${paint(word)} ${colors.bold(name)}${tail.trimEnd()}`, ...detailLines(result, style)];
  }
  const label = result.status.padEnd(STATUS);
  const severity = isBad(result.status) && result.severity !== undefined ? ` (${result.severity})` : '';
  const place = where === '' ? '' : `  ${where}`;
  const shown =
    `${label} ${name}${place}${severity}: ${because}`.length <= width
      ? [`${paint(label)} ${colors.bold(name)}${colors.dim(place)}${severity}: ${because}`]
      : [`${paint(label)} ${colors.bold(name)}${colors.dim(place)}${severity}`, ...indented(because, width)];
  return [...shown, ...detailLines(result, style)];
};

const nameOf = ({ id, variant }: Result): string => `${id}${variant === undefined ? '' : `/${variant}`}`;

/** A target may be a host with all its ports; what was found is at one of them. */
const placeOf = ({ host, port, portRole, protocol, tls }: Result): string =>
  host === undefined ? `${protocol} ${tls}` : escaped(`${portRole ?? ''} ${endpointText(host, port ?? 0)}`);

const column = (results: readonly Result[]): number =>
  Math.min(
    WIDEST_NAME,
    Math.max(0, ...results.filter(({ status }) => GOOD.has(status)).map((result) => nameOf(result).length)),
  );

/** Cases that were not run, all for the same reason, are told together. */
const grouped = (results: readonly Result[]): [Result, ...Result[]][] => {
  const groups = new Map<string, [Result, ...Result[]]>();
  for (const [index, result] of results.entries()) {
    const { status, because, protocol, tls, visit, target } = result;
    const key =
      visit === undefined && target === undefined ? JSON.stringify([status, because, protocol, tls]) : String(index);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [result]);
    else group.push(result);
  }
  return [...groups.values()];
};

const groupLines = (group: readonly [Result, ...Result[]], width: number, colors: Colors): string[] => {
  const [{ status, because, protocol, tls }] = group;
  const ids = [...new Set(group.map(({ id }) => id))];
  return [
    `${painter(status, colors)(status.padEnd(STATUS))} ${colors.bold(`${String(group.length)} cases`)}  ${colors.dim(`${protocol} ${tls}`)}`,
    ...indented(escaped(because), width),
    ...indented(ids.join(', '), width).map((line) => colors.dim(line)),
  ];
};

/** Of a good result only what the client did: that its control passed, and how often it connected, is told by the control and in every other format. */
const shownReason = ({ status, id, because }: Result, { transcripts }: Style): string => {
  const whole = escaped(because);
  return status === 'safe' && id !== 'control' && transcripts !== 'all' ? (whole.split('; ')[0] ?? whole) : whole;
};

const detailLines = (result: Result, style: Style): string[] => {
  const { colors, width, transcripts } = style;
  const lines: string[] = [];
  if (result.known !== undefined)
    lines.push(
      ...indented(`${KNOWN_WORDS[result.known.state]}: ${escaped(result.known.reason)}`, width).map((line) =>
        colors.dim(line),
      ),
    );
  for (const [software, remedy] of Object.entries(result.remedy ?? {}))
    if (isBad(result.status)) lines.push(...indented(`${software}: ${remedy}`, width));
  const isShown =
    transcripts === 'all' || (transcripts === 'bad' && isBad(result.status) && result.known?.state !== 'expected');
  if (!isShown) return lines;
  const shown = transcriptLines(shownConnections(style.report, result, style.visits), result.evidence, {
    colors,
    width,
    most: MOST_LINES,
  });
  if (isBad(result.status))
    shown.push(
      ...indented(`again: ${escaped(result.reproduce.map(shellWord).join(' '))}`, width).map((line) =>
        colors.dim(line),
      ),
    );
  if (isBad(result.status) && result.byHand !== undefined)
    shown.push(...indented(`by hand: ${escaped(result.byHand)}`, width).map((line) => colors.dim(line)));
  if (shown.length > 0) lines.push(...shown, '');
  return lines;
};

const indented = (text: string, width: number): string[] =>
  wrapped(text, width - STATUS - 1).map((line) => `${' '.repeat(STATUS + 1)}${line}`);

const closedLines = ({ closed = [] }: Report, width: number, { dim }: Colors): string[] =>
  [...new Set(closed.map(({ address }) => address))].flatMap((address) => {
    const ports = (how: string): string[] =>
      closed.filter((each) => each.address === address && each.how === how).map(({ port }) => String(port));
    const words = [
      ['closed', ports('refused')],
      ['silent', ports('silent')],
    ] as const;
    return words
      .filter(([, list]) => list.length > 0)
      .flatMap(([word, list]) => wrapped(`${address}: ${word} ${list.join(', ')}`, width).map((line) => dim(line)));
  });

const noteLines = (
  title: string,
  notes: readonly string[],
  width: number,
  paint: (text: string) => string,
): string[] =>
  notes.length === 0
    ? []
    : [
        paint(title),
        ...notes.flatMap((note) =>
          wrapped(escaped(note), width - 2).map((line, index) => `${index === 0 ? '· ' : '  '}${line}`),
        ),
        '',
      ];

const summaryLines = (report: Report, colors: Colors): string[] => {
  const counts = Object.entries(report.summary)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => painter(status, colors)(`${String(count)} ${status}`));
  const selfTest = report.selfTest === 'failed' ? [colors.red('self-test failed')] : [];
  const interrupted = report.interrupted === true ? [colors.yellow('interrupted')] : [];
  return [[...(counts.length === 0 ? ['no results'] : counts), ...selfTest, ...interrupted].join(', ')];
};

const painter = (status: string, { red, green, yellow, dim, bold }: Colors): ((text: string) => string) => {
  if (isBad(status)) return status === 'downgradable' ? yellow : (text) => bold(red(text));
  if (status === 'safe' || status === 'pass') return green;
  return status === 'inconclusive' || status === 'warn' ? yellow : dim;
};

const isBad = (status: string): boolean => status === 'unsafe' || status === 'fail' || status === 'downgradable';

const worse = (a: Result, b: Result): number =>
  ORDER.indexOf(a.status) - ORDER.indexOf(b.status) ||
  (a.severity === undefined ? 9 : rank(a.severity)) - (b.severity === undefined ? 9 : rank(b.severity));

const ORDER: readonly string[] = [
  'unsafe',
  'fail',
  'downgradable',
  'warn',
  'inconclusive',
  'info',
  'safe',
  'pass',
  'not-applicable',
];
/** What can be told in one line; the whole reason stands in every other format, and with `--transcript`. */
const GOOD: ReadonlySet<string> = new Set(['safe', 'pass', 'info', 'not-applicable']);
const WIDEST_NAME = 38;
const STATUS = 14;
const SHORT_STATUS = 4;
const MOST_LINES = 60;
const KNOWN_WORDS = {
  expected: 'accepted',
  stale: 'acceptance expired',
  'unexpectedly-good': 'accepted as worse, but better now',
} as const;
