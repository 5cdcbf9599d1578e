import type { Report, Result } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { counted, labelled, wrapped } from '../layout.js';
import { shownConnections } from '../observed.js';
import { setUpName } from '../set-up.js';
import { shellWord } from '../shell-word.js';
import { transcriptLines, type ShownConnection } from '../transcript.js';
import type { Group } from './groups.js';
import { isBad, painter, type TextStyle } from './style.js';

/** A finding: what happened and where, what must happen, what mends it, how to see it again, and the transcript that proves it. */
export const findingLines = (group: Group, style: TextStyle): string[] => {
  const { colors, width, report } = style;
  const [lead] = group.results;
  const paint = painter(lead.status, colors);
  const severity = isBad(lead.status) && lead.severity !== undefined ? ` (${lead.severity})` : '';
  const head = `${lead.status}${severity}`;
  const [first = '', ...more] = wrapped(`${head}  ${escaped(lead.because)}`, width - 2);
  const label = (name: string, text: string): string[] => labelled(name, escaped(text), { width });
  const lines = [
    `${paint(head)}${colors.bold(first.slice(head.length))}`,
    ...more.map((line) => `  ${colors.bold(line)}`),
  ];
  const { known } = lead;
  if (known?.state === 'expected')
    return [...lines, ...placeLabels(group, style, label), ...label('accepted', known.reason), ''];
  lines.push(...(report.kind === 'audit' ? auditLabels(group, style, label) : clientLabels(group, style, label)));
  if (known?.state === 'stale')
    lines.push(...label('accepted', `until ${known.until ?? 'a day that is past'}: ${known.reason}`));
  if (known?.state === 'unexpectedly-good')
    lines.push(...label('accepted', `as worse than it is now: ${known.reason}`));
  for (const result of shownOf(group, style)) lines.push(...proofLines(result, style).map((line) => `  ${line}`));
  return [...lines, ''];
};

type Label = (name: string, text: string) => string[];

const clientLabels = (group: Group, style: TextStyle, label: Label): string[] => {
  const [lead] = group.results;
  return [
    ...placeLabels(group, style, label),
    ...(group.results.length === 1 && lead.id !== 'control' ? label('attack', lead.title) : []),
    ...(lead.expected === undefined || isMild(lead) ? [] : label('expected', lead.expected)),
    ...(lead.fix === undefined || isMild(lead) ? [] : label('fix', lead.fix)),
    ...(isBad(lead.status) ? again(lead.reproduce) : []),
  ];
};

/** Which cases, or which check on which ports. */
const placeLabels = (group: Group, { report }: TextStyle, label: Label): string[] =>
  report.kind === 'audit'
    ? [
        ...label('check', [...new Set(group.results.map(({ id }) => id))].join(', ')),
        ...label('where', placesText(group.results)),
      ]
    : label('cases', casesText(group, report));

const auditLabels = (group: Group, style: TextStyle, label: Label): string[] => {
  const [lead] = group.results;
  const isFinding = isBad(lead.status) || lead.status === 'warn';
  return [
    ...placeLabels(group, style, label),
    ...(isFinding
      ? remediesOf(group.results).flatMap((remedy, index) => label(index === 0 ? 'remedy' : '', remedy))
      : []),
    ...(isFinding ? again(togetherAgain(group.results)) : []),
    ...(isFinding && lead.byHand !== undefined ? [`  ${'by hand'.padEnd(10)}${escaped(lead.byHand)}`] : []),
  ];
};

/** The remedies of all ports of a finding: on different ports there may be different software. */
const remediesOf = (results: Group['results']): string[] => {
  const ports = new Map<string, Set<string>>();
  for (const { remedy = {}, port = 0 } of results) {
    for (const [software, text] of Object.entries(remedy)) {
      const words = `${software}: ${text}`;
      ports.set(words, (ports.get(words) ?? new Set()).add(String(port)));
    }
  }
  const all = new Set(results.map(({ port = 0 }) => port)).size;
  return [...ports].map(([words, on]) => (on.size === all ? words : `${words} (here: ${[...on].join(', ')})`));
};

/** A command line is never folded, so that it can be copied. */
const again = (words: readonly string[]): string[] => [
  `  ${'again'.padEnd(10)}${escaped(words.map(shellWord).join(' '))}`,
];

/** One command for all ports of a finding, where they differ by the target only. */
const togetherAgain = (results: Group['results']): readonly string[] => {
  const [{ reproduce }] = results;
  const rest = (words: readonly string[]): string => JSON.stringify(words.filter((_, index) => index !== TARGET));
  if (!results.every((each) => rest(each.reproduce) === rest(reproduce))) return reproduce;
  const targets = [...new Set(results.flatMap((each) => each.reproduce[TARGET] ?? []))];
  return [...reproduce.slice(0, TARGET), ...targets, ...reproduce.slice(TARGET + 1)];
};

/** `imap starttls: starttls-not-offered, starttls-refused (9 variants)`; one set-up needs no name. */
const casesText = ({ results, isUnattacked }: Group, report: Report): string => {
  const isOneSetUp = new Set(report.results.map(setUpName)).size === 1;
  const bySetUp = new Map<string, Result[]>();
  for (const result of results) bySetUp.set(setUpName(result), [...(bySetUp.get(setUpName(result)) ?? []), result]);
  return [...bySetUp]
    .map(([setUp, all]) => {
      const [control] = all.filter(({ id }) => id === 'control');
      const place = isOneSetUp ? '' : `${setUp}: `;
      if (control === undefined || all.length === 1) return `${place}${namesOf(all)}`;
      return `${place}control, ${isUnattacked ? 'that is without any attack; the same in' : 'and therefore'} ${counted(all.length - 1, 'more case')}`;
    })
    .join('; ');
};

const namesOf = (results: readonly Result[]): string =>
  [...new Set(results.map(({ id }) => id))]
    .map((id) => {
      const variants = results.filter((each) => each.id === id).flatMap(({ variant }) => variant ?? []);
      if (variants.length === 0) return id;
      return variants.length <= MOST_VARIANTS
        ? variants.map((variant) => `${id}/${variant}`).join(', ')
        : `${id} (${String(variants.length)} variants)`;
    })
    .join(', ');

/** `localhost: 143 (imap), 993 (imaps)`; names of one address are told apart. */
const placesText = (results: readonly Result[]): string => {
  const hosts = new Map<string, Set<string>>();
  for (const { host = '', port = 0, portRole, protocol } of results)
    hosts.set(host, (hosts.get(host) ?? new Set()).add(`${String(port)} (${portRole ?? protocol})`));
  return [...hosts].map(([host, ports]) => `${host}: ${[...ports].join(', ')}`).join('; ');
};

/** One transcript proves a finding; all are shown where they were asked for. */
const shownOf = ({ results }: Group, { transcripts }: TextStyle): readonly Result[] => {
  if (transcripts === 'all') return results;
  return transcripts === 'bad' && isBad(results[0].status) && !isMild(results[0]) ? [results[0]] : [];
};

/** Worth a line or two, not a page. */
const isMild = ({ severity }: Result): boolean => severity === 'low' || severity === 'info';

const proofLines = (result: Result, style: TextStyle): string[] => {
  const { report, colors, visits, transcripts } = style;
  const all = shownConnections(report, result, visits);
  const proving = all.filter(({ id }) => result.evidence.some(({ connection }) => connection === id));
  const shown: readonly ShownConnection[] = transcripts === 'all' || proving.length === 0 ? all : proving;
  const most =
    transcripts === 'all'
      ? MOST_LINES_OF_ALL
      : Math.max(6, Math.floor((report.kind === 'audit' ? 8 : 30) / shown.length));
  const lines = transcriptLines(shown, result.evidence, { colors, width: style.width - 2, most, cut: style.cut });
  const others = all.length - shown.length;
  return others === 0 || report.kind === 'audit'
    ? lines
    : [...lines, colors.dim(`and ${counted(others, 'more connection')}, without a finding (--transcript shows all)`)];
};

/** Index of the target in a command line of `waxseal audit`. */
const TARGET = 2;
const MOST_VARIANTS = 3;
const MOST_LINES_OF_ALL = 60;
