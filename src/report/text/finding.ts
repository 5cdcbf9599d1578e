import { withoutPort } from '../../wire/host-port.js';
import type { Report, Result } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { counted, labelled, labelledCommand, wrapped } from '../layout.js';
import { shownConnections } from '../observed.js';
import { setUpName } from '../set-up.js';
import { reproduction } from '../shell-word.js';
import { transcriptLines, type ShownConnection } from '../transcript.js';
import { auditDetails, auditSentence, placesText } from './audit-finding.js';
import type { Group } from './groups.js';
import { toldWords } from '../told.js';
import { isBad, painter, type TextStyle } from './style.js';

/** A finding: what happened and where, what must happen, what mends it, how to see it again, and the transcript that proves it. */
export const findingLines = (group: Group, style: TextStyle): string[] => {
  const { colors, width, report } = style;
  const [lead] = group.results;
  const paint = painter(lead.status, colors);
  const severity = isBad(lead.status) && lead.severity !== undefined ? ` (${lead.severity})` : '';
  const isAudit = report.kind === 'audit';
  const head = `${lead.status}${severity}${isAudit ? ` on ${placesText(group, style)}:` : ''}`;
  const [first = '', ...more] = wrapped(
    isAudit ? `${head} ${escaped(auditSentence(group))}` : `${head}  ${escaped(lead.because)}`,
    width,
    2,
  );
  const label = (name: string, text: string): string[] => labelled(name, escaped(text), { width });
  const lines = [
    `${paint(first.slice(0, head.length))}${colors.bold(first.slice(head.length))}`,
    ...more.map((line) => `  ${colors.bold(line)}`),
  ];
  const { known } = lead;
  if (known?.state === 'expected')
    return [
      ...lines,
      ...(isAudit ? [] : label('cases', casesText(group, report))),
      ...label('accepted', known.reason),
      ...(isAudit ? [] : ['']),
    ];
  lines.push(...(isAudit ? auditDetails(group, style) : clientLabels(group, style, label)));
  if (known?.state === 'stale')
    lines.push(...label('accepted', `until ${known.until ?? 'a day that is past'}: ${known.reason}`));
  if (known?.state === 'unexpectedly-good')
    lines.push(...label('accepted', `no longer needed, remove the entry: ${known.reason}`));
  for (const result of shownOf(group, style)) for (const line of proofLines(result, style)) lines.push(`  ${line}`);
  // Findings about servers are many: they stand close together.
  return isAudit ? lines : [...lines, ''];
};

type Label = (name: string, text: string) => string[];

const clientLabels = (group: Group, style: TextStyle, label: Label): string[] => {
  const [lead] = group.results;
  return [
    ...clientLabel(group, label),
    ...label('cases', casesText(group, style.report)),
    // A capture has no attack that waxseal made: its title says what should be true.
    ...(group.results.length === 1 && lead.id !== 'control'
      ? label(lead.seat === undefined ? 'rule' : 'attack', lead.title)
      : []),
    ...toldLabel(lead, label),
    ...(lead.expected === undefined || isMild(lead) ? [] : label('expected', lead.expected)),
    ...(lead.fix === undefined || isMild(lead) ? [] : label('fix', lead.fix)),
    ...(isBad(lead.status)
      ? labelledCommand('again', escaped(reproduction(lead.reproduce)), { width: style.width })
      : []),
  ];
};

/** What it told its user, where its sentence does not say so already. */
const toldLabel = (lead: Result, label: Label): string[] => {
  const words = toldWords(lead);
  return words === undefined || lead.because.includes(words) ? [] : label('reported', words.replace(/^reported /, ''));
};

/** Which clients, where they came by themselves. */
const clientLabel = ({ results }: Group, label: Label): string[] => {
  const names = [...new Set(results.flatMap((result) => clientName(result) ?? []))];
  return names.length === 0 ? [] : label(names.length === 1 ? 'client' : 'clients', names.join('; '));
};

/** The client's own name, its address, and the server that it asked a proxy for; undefined where waxseal started it. */
export const clientName = ({ client, peer, target }: Result): string | undefined => {
  const address = peer === undefined ? undefined : withoutPort(peer);
  if (address === undefined) return client;
  const place = target === undefined ? `at ${address}` : `at ${address} to ${target}`;
  return client === undefined ? place : `${client} ${place}`;
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

/** One transcript proves a finding; all are shown where they were asked for. */
const shownOf = ({ results }: Group, { transcripts, report }: TextStyle): readonly Result[] => {
  if (transcripts === 'all') return results;
  return report.kind !== 'audit' && transcripts === 'bad' && isBad(results[0].status) && !isMild(results[0])
    ? [results[0]]
    : [];
};

/** Worth a line or two, not a page. */
const isMild = ({ severity }: Result): boolean => severity === 'low' || severity === 'info';

const proofLines = (result: Result, style: TextStyle): string[] => {
  const { report, colors, visits, transcripts } = style;
  const all = shownConnections(report, result, visits);
  const proven = new Set(result.evidence.map(({ connection }) => connection));
  const proving = all.filter(({ id }) => proven.has(id));
  const wanted: readonly ShownConnection[] = transcripts === 'all' || proving.length === 0 ? all : proving;
  const shown = transcripts === 'all' ? wanted : wanted.slice(0, MOST_CONNECTIONS);
  const most = transcripts === 'all' ? MOST_LINES_OF_ALL : Math.max(6, Math.floor(30 / shown.length));
  const lines = transcriptLines(shown, result.evidence, { colors, width: style.width - 2, most, cut: style.cut });
  const left = wanted.length - shown.length;
  const others = all.length - wanted.length;
  if (report.kind === 'audit') return lines;
  return [
    ...lines,
    ...(left === 0 ? [] : [colors.dim(`and ${counted(left, 'more connection')} (--transcript shows all)`)]),
    ...(others === 0
      ? []
      : [colors.dim(`and ${counted(others, 'more connection')}, without a finding (--transcript shows all)`)]),
  ];
};

/** Connections whose transcripts one finding shows. */
const MOST_CONNECTIONS = 12;
const MOST_VARIANTS = 3;
const MOST_LINES_OF_ALL = 60;
