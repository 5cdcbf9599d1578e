import picocolors from 'picocolors';
import type { Report, Result } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { defineFormat, type RenderContext } from '../format.js';
import { counted, cut, wrapped } from '../layout.js';
import { outwaited } from '../outwaited.js';
import { setUpName } from '../set-up.js';
import { together } from '../text/audit-finding.js';
import { untrueReports } from '../told.js';
import { chainLines } from '../text/chains.js';
import { domainLines } from '../text/domain-lines.js';
import { clientName, findingLines } from '../text/finding.js';
import { groupsOf } from '../text/groups.js';
import { leftOutLines } from '../text/left-out.js';
import { profileLines } from '../text/profile.js';
import { closedLines, portLines } from '../text/ports.js';
import { isToldOfTarget, targetLines } from '../text/target-lines.js';
import { isQuiet, painter, worse, type TextStyle } from '../text/style.js';

/**
 * A report for people: an audit's ports first, then findings by cause, worst first, each with its proof; what is good as numbers;
 * what is wrong with the set-up; the summary last, where a terminal shows it.
 */
export default defineFormat({
  id: 'text',
  title: 'for people: findings by cause with their proof, summary last',
  extension: 'txt',
  render: (report, context) => textReport(report, context),
});

const textReport = (report: Report, context: RenderContext): string => {
  const style: TextStyle = { ...context, report, colors: picocolors.createColors(context.color) };
  const isAudit = report.kind === 'audit';
  if (isAudit && style.targetLines === true) return `${manyTargets(style).join('\n')}\n`;
  const ports = isAudit ? portLines(style) : [];
  const findings = findingsIn(style);
  const hasFindings = findings.length > 0;
  const lines = [
    ...heading(style),
    '',
    ...(isAudit ? domainLines(style) : []),
    ...ports,
    ...findings,
    ...(isAudit && hasFindings ? [''] : []),
    ...goodLines(style),
    ...chainLines(style),
    ...profileLines(style),
    ...closedLines(report, style.colors),
    ...noteLines('Told its user', untrueReports(report.results.filter(({ status }) => isQuiet(status))), style),
    ...noteLines('Set-up', newNotes(report), style),
    ...noteLines('Not observed', report.faults ?? [], style),
    // Everything that peers said is ASCII here: the mark is ours.
    ...(findings.some((line) => line.includes('▶')) ? legendLines(style) : []),
    ...leftOutLines(style),
    ...(isAudit && hasFindings ? [auditHint(style, BRIEF_VERDICT.test(ports.join('\n')))] : []),
    ...summaryLines(report, style, isAudit && hasFindings),
  ];
  return `${lines.join('\n')}\n`;
};

/** A report about many servers: a line for each. */
const manyTargets = (style: TextStyle): string[] => {
  const { report } = style;
  const untold = (report.faults ?? []).filter((fault) => !isToldOfTarget(fault, report));
  return [
    ...heading(style),
    '',
    ...targetLines(style),
    ...profileLines(style),
    ...noteLines('Set-up', newNotes(report), style),
    ...noteLines('Not observed', untold, style),
    style.colors.dim('details: waxseal audit TARGET · all of them: --details · for programs: --report json:FILE'),
    ...summaryLines(report, style, true),
  ];
};

/** By cause, worst first. A long report about servers keeps the lines “by hand” for its worst findings. */
const findingsIn = (style: TextStyle): string[] => {
  const { report, passes, transcripts } = style;
  const isTold = ({ status, known }: Result): boolean =>
    known !== undefined || !(isQuiet(status) || (report.kind === 'audit' && status === 'info' && !passes));
  const shown = groupsOf(report).filter(({ results: [lead] }) => isTold(lead));
  if (report.kind !== 'audit' || passes || transcripts === 'all')
    return (report.kind === 'audit' ? together(shown) : shown).flatMap((group) => findingLines(group, style));
  const groups = together(shown).map((group) => ({
    whole: findingLines(group, style),
    short: findingLines(group, { ...style, withoutByHand: true }),
  }));
  const hosts = report.results.flatMap(({ host, port }) => (port === undefined ? [] : [host]));
  let left = MOST_LINES_OF_HOST * Math.max(1, new Set(hosts).size);
  for (const { short } of groups) left -= short.length;
  left -= heading(style).length + domainLines(style).length + portLines(style).length + AROUND;
  return groups.flatMap(({ whole, short }) => {
    left -= whole.length - short.length;
    return left < 0 ? short : whole;
  });
};

const heading = ({ report, width, targetLines: isByTarget, colors: { bold, dim } }: TextStyle): string[] => {
  const { command, targets } = report.subject;
  const subject =
    command !== undefined
      ? command.join(' ')
      : isByTarget === true && (targets ?? []).length > FEW
        ? counted(new Set(targets).size, 'target')
        : (targets ?? []).join(' ');
  const authorized = report.authorizedBy === undefined ? [] : [`authorized by ${escaped(report.authorizedBy)}`];
  const setUps = [...new Set(report.results.map(setUpName))];
  const facts = [
    `waxseal ${report.tool.version}`,
    // `judge` and `serve` report as a test does; their heading says which they were.
    ...(command?.[0] === 'waxseal' ? [] : [report.kind]),
    ...(setUps.length === 1 && targets === undefined ? setUps : []),
    ...(report.place === undefined ? [] : [report.place]),
    ...(report.seed === undefined ? [] : [`seed ${escaped(report.seed)}`]),
    ...authorized,
  ];
  return [...wrapped(escaped(subject), width).map((line) => bold(line)), dim(facts.join(' · '))];
};

/** Good results as one line each where they were asked for; else the controls alone, which prove that the client works. */
const goodLines = (style: TextStyle): string[] => {
  const { report, colors, passes, width } = style;
  const shown = report.results
    .filter((result) => isQuiet(result.status) && result.known === undefined)
    .filter((result) => passes || (result.id === 'control' && report.kind !== 'audit'))
    .toSorted(worse);
  if (shown.length === 0) return [];
  const names = shown.map((result) => escaped(nameOf(result, report)));
  const column = Math.max(...names.map((name) => name.length));
  const lines = shown.map((result, index) => {
    const name = (names[index] ?? '').padEnd(column);
    const because = escaped(result.because);
    const head = `${painter(result.status, colors)(result.status)}  ${name}`;
    const room = width - result.status.length - 2 - name.length - 2;
    if (!style.cut || because.length <= room) return `${head}  ${because}`;
    // What proves the result comes first; what follows a semicolon adds to it.
    const proof = because.includes('; ') ? because.replace(/; .*/, '; …') : because;
    if (proof.length <= room) return `${head}  ${proof}`;
    return `${head.trimEnd()}\n        ${cut(because, width - 8)}`;
  });
  return [...lines, ''];
};

const nameOf = (result: Result, { kind }: Report): string => {
  const { id, variant, protocol, portRole, port } = result;
  const name = variant === undefined ? id : `${id}/${variant}`;
  if (kind === 'audit')
    return port === undefined ? `${result.host ?? ''} ${name}` : `${portRole ?? protocol} ${String(port)} ${name}`;
  return `${name} (${clientName(result) ?? setUpName(result)})`;
};

/** Notes that repeat the reason of a result which is shown anyway tell nothing. */
const newNotes = ({ diagnosis = [], results }: Report): readonly string[] =>
  diagnosis.filter((note) => !results.some(({ id, because }) => id === 'control' && note.endsWith(`: ${because}`)));

const noteLines = (title: string, notes: readonly string[], { width, colors: { magenta } }: TextStyle): string[] =>
  notes.length === 0
    ? []
    : [
        magenta(title),
        ...notes.flatMap((note) =>
          wrapped(escaped(note), width - 2).map((line, index) => `${index === 0 ? '· ' : '  '}${line}`),
        ),
        '',
      ];

const legendLines = ({ colors: { dim }, report }: TextStyle): string[] => [
  dim(`▶ proof  ${report.kind === 'audit' ? '' : '~ by waxseal  '}┃ inside TLS  first column: ms`),
];

/** What a narrow table says of a port with several findings. */
const BRIEF_VERDICT = / \+\d/;

const auditHint = ({ colors: { dim } }: TextStyle, isBrief: boolean): string =>
  dim(`┃ inside TLS${isBrief ? ' · +2: two more' : ''} · waxseal explain CHECK · --transcript · --verbose`);

const uncoloured = (text: string): string => text.replace(/\x1b\[\d+m/g, '');

const summaryLines = (
  report: Report,
  { colors, passes, width, cut: isCut }: TextStyle,
  isHinted: boolean,
): string[] => {
  const count = (status: string): number => report.summary[status] ?? 0;
  const counts = Object.entries(report.summary)
    .filter(([, number]) => number > 0)
    .sort(([a], [b]) => Number(isQuiet(a)) - Number(isQuiet(b)))
    .map(([status, number]) => painter(status, colors)(`${String(number)} ${status}`));
  const untold = ['safe', 'pass', 'not-applicable', ...(report.kind === 'audit' ? ['info'] : [])].reduce(
    (sum, status) => sum + count(status),
    0,
  );
  const waiting = outwaited(report).length;
  const hints =
    waiting === 0
      ? ['--verbose lists all']
      : [
          `--verbose lists all; in ${String(waiting)} only --all waits as long as this client`,
          `in ${String(waiting)} only --all waits as long as this client`,
          `--all waits longer in ${String(waiting)}`,
        ];
  const selfTest = report.selfTest === 'failed' ? [colors.red('self-test failed')] : [];
  const interrupted = report.interrupted === true ? [colors.magenta('interrupted')] : [];
  const numbers = [...(counts.length === 0 ? ['no results'] : counts), ...selfTest, ...interrupted].join(', ');
  // On a terminal it is one line: of the hints the first that has room.
  const room = isCut ? width - uncoloured(numbers).length - 4 : Infinity;
  const hint =
    passes || isHinted || untold === 0
      ? ''
      : colors.dim(`  (${hints.find(({ length }) => length <= room) ?? hints.at(-1) ?? ''})`);
  const summary = `${numbers}${hint}`;
  const effort = effortOf(report);
  if (effort === undefined) return [summary];
  const plain = uncoloured(summary);
  return effort.length + plain.length + 3 <= width
    ? [`${colors.dim(effort)} · ${summary}`]
    : [...wrapped(effort, width).map(colors.dim), summary];
};

/** What an audit took: `9 s, 183 connections, 6 login attempts, of which fail2ban may count 4`. */
const effortOf = ({ traffic, startedAt, finishedAt }: Report): string | undefined => {
  if (traffic === undefined) return undefined;
  const { connections, loginAttempts, logLines } = traffic;
  const seconds = Math.max(0, (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  const logins =
    loginAttempts === 0
      ? 'no login attempt'
      : `${counted(loginAttempts, 'login attempt')}, of which fail2ban may count ${String(logLines)}`;
  return `${seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds))} s, ${counted(connections, 'connection')}, ${logins}`;
};

/** Targets that a heading names. */
const FEW = 8;
/** Two screens of a terminal. */
const MOST_LINES_OF_HOST = 80;
/** Empty lines, the closed ports of a host, and the summary. */
const AROUND = 6;
