import type { Result } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { endWords, noteWords } from '../happenings.js';
import { cutAround, labelled as labelledLines, labelledCommand } from '../layout.js';
import { shownConnections } from '../observed.js';
import { shellWord } from '../shell-word.js';
import { printable } from '../../wire/printable.js';
import type { TranscriptEntry } from '../../wire/entry.js';
import type { Group } from './groups.js';
import { isBad, type TextStyle } from './style.js';

/** What stands below the sentence of a finding about servers, in few lines: proof, remedy, and how to see it again. */
export const auditDetails = (group: Group, style: TextStyle): string[] => {
  const [lead] = group.results;
  if (!isBad(lead.status)) return [];
  return [
    ...proofLine(lead, style),
    ...remedyLines(group, style),
    ...command('again', againOf(group).map(shellWord).join(' '), style),
    ...(lead.byHand === undefined || style.withoutByHand === true ? [] : command('by hand', lead.byHand, style)),
  ];
};

/** The sentence of a finding about servers; where no command line below it names the check, it does itself. */
export const auditSentence = (group: Group): string => {
  const { results } = group;
  const sentences = new Map(results.map(({ id, because }) => [id, because] as const).toReversed());
  const ids = isBad(results[0].status) ? '' : ` (${checksOf(group).join(', ')})`;
  return `${[...new Set([...sentences.values()].toReversed())].join('; ')}${ids}`;
};

const checksOf = ({ results }: Group): string[] => [...new Set(results.map(({ id }) => id))];

/** Findings that have ports, severity and remedy in common are one. */
export const together = (groups: readonly Group[]): Group[] => {
  const merged = new Map<string, Group>();
  for (const group of groups) {
    const [lead] = group.results;
    const isFinding = lead.status !== 'inconclusive' && lead.remedy !== undefined;
    const key = isFinding
      ? JSON.stringify([
          lead.status,
          lead.severity,
          lead.known?.state,
          group.results.map(({ host, port }) => `${host ?? ''} ${String(port)}`).sort(),
          group.results.map(({ remedy }) => remedy),
        ])
      : JSON.stringify([merged.size]);
    const same = merged.get(key);
    merged.set(key, same === undefined ? group : { ...same, results: [...same.results, ...group.results] });
  }
  return [...merged.values()];
};

/** `143, 993`; with the names of the hosts where there are several. */
export const placesText = ({ results }: Group, { report }: TextStyle): string => {
  const hosts = new Map<string, Set<string>>();
  // What is said of a domain belongs to no port.
  const domains = results.flatMap(({ host, port }) => (port === undefined && host !== undefined ? [host] : []));
  if (domains.length > 0) return [...new Set(domains)].join(', ');
  for (const { host = '', port = 0 } of results) hosts.set(host, (hosts.get(host) ?? new Set()).add(String(port)));
  const audited = new Map<string, Set<string>>();
  for (const { host = '', port } of report.results)
    if (port !== undefined) audited.set(host, (audited.get(host) ?? new Set()).add(String(port)));
  return [...hosts]
    .map(([host, ports]) => {
      const isAll = ports.size > 2 && ports.size === audited.get(host)?.size;
      return `${audited.size === 1 ? '' : `${host}: `}${isAll ? 'all ports' : [...ports].join(', ')}`;
    })
    .join('; ');
};

/** The line that proves it, as it was said on the first port. */
const proofLine = (result: Result, { report, visits, cut: isCut, width, colors }: TextStyle): string[] => {
  const [proof] = result.evidence;
  if (proof === undefined) return [];
  const connection = shownConnections(report, result, visits).find(({ id }) => id === proof.connection);
  const text = `port ${String(result.port)}: ${proofText(connection?.entries[proof.entry], proof.quote)}`;
  const line = isCut ? cutAround(text, Math.max(20, width - 2 - COLUMN), proof.quote) : text;
  return [`  ${'proof'.padEnd(COLUMN)}${colors.red(line)}`];
};

const proofText = (entry: TranscriptEntry | undefined, quote: string): string => {
  switch (entry?.kind) {
    case 'bytes':
      if (entry.record === true) return `${entry.from}’s TLS records: ${printable(quote)}`;
      return `${entry.inside ? '┃ ' : ''}${entry.from === 'client' ? 'C' : 'S'}: ${printable(quote)}`;
    case 'boundary':
      return `${entry.version?.replace('TLSv', 'TLS ') ?? 'TLS'}, ${SUBJECT.test(quote) ? 'certificate ' : ''}${printable(quote)}`;
    case 'end':
      return endWords(entry);
    case 'note':
      return printable(noteWords(entry));
    default:
      return printable(quote);
  }
};

/** The remedies of all ports, those that fit; on different ports there may be different software. */
const remedyLines = (group: Group, style: TextStyle): string[] => {
  const [first, ...more] = remediesOf(group.results);
  if (first === undefined) return [];
  if (style.allRemedies === true)
    return [first, ...more].flatMap(({ text }, index) => labelled(index === 0 ? 'remedy' : '', text, style));
  const linesOf = (text: string): number => labelled('remedy', text, style).length;
  const [start = first] = [first, ...more].filter(({ text }) => linesOf(text) <= MOST_REMEDY_LINES);
  const helped = new Set(start.ports);
  let shown = start.text;
  // One of two settings alone would be taken for that of one's own, whose line was too long.
  const leftOut = new Set<string>();
  for (const each of [first, ...more]) {
    if (each === start) continue;
    const [software = ''] = each.text.split(/[ :]/);
    const longer = `${shown} · ${each.text}`;
    // A port for which nothing is said yet is worth one line more.
    const most = [...each.ports].some((port) => !helped.has(port)) ? MOST_REMEDY_LINES + 1 : MOST_REMEDY_LINES;
    if (linesOf(longer) <= most && !leftOut.has(software)) {
      shown = longer;
      for (const port of each.ports) helped.add(port);
    } else leftOut.add(software);
  }
  return labelled('remedy', shown, style);
};

interface PortsRemedy {
  readonly text: string;
  readonly ports: ReadonlySet<string>;
}

const remediesOf = (results: Group['results']): PortsRemedy[] => {
  const ports = new Map<string, Set<string>>();
  for (const { remedy = {}, port = 0 } of results) {
    for (const [software, text] of Object.entries(remedy)) {
      const words = software === 'any server' ? text : `${software}: ${text}`;
      ports.set(words, (ports.get(words) ?? new Set()).add(String(port)));
    }
  }
  const all = new Set(results.map(({ port = 0 }) => port)).size;
  return [...ports].map(([words, on]) => ({
    text: on.size === all ? words : `${words} (here: ${[...on].join(', ')})`,
    ports: on,
  }));
};

/** One command that checks the ports of a finding again: by the targets as the user named them, where that is shorter. */
const againOf = (group: Group): readonly string[] => {
  const { results } = group;
  const [{ reproduce }] = results;
  const urls = [...new Set(results.flatMap((each) => each.reproduce[TARGET] ?? []))];
  const targets = [...new Set(results.flatMap(({ target }) => target ?? []))];
  const shorter = targets.length > 0 && targets.join(' ').length < urls.join(' ').length ? targets : urls;
  return [
    ...reproduce.slice(0, TARGET),
    ...shorter,
    ...checksOf(group).flatMap((check) => ['--check', check]),
    ...reproduce.slice(TARGET + 3),
  ];
};

const labelled = (label: string, text: string, { width }: TextStyle): string[] =>
  labelledLines(label, escaped(text), { width, column: COLUMN });

const command = (label: string, text: string, { width }: TextStyle): string[] =>
  labelledCommand(label, escaped(text), { width, column: COLUMN });

/** How the subject of a certificate begins. */
const SUBJECT = /^[A-Za-z]+=/;
/** Index of the target in a command line of `waxseal audit`. */
const TARGET = 2;
/** Columns of the labels. */
const COLUMN = 9;
const MOST_REMEDY_LINES = 2;
