import type { Report, Result } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { defineFormat } from '../format.js';
import { outwaitedIn } from '../outwaited.js';
import { reproduction } from '../shell-word.js';
import { standingOf, type Standing } from '../standing.js';

/** Markdown for a pull request, an issue or the job summary of GitHub and GitLab: counts, a table of what is not as expected, details below it. */
export default defineFormat({
  id: 'markdown',
  title: 'Markdown: a summary for pull requests and job pages',
  extension: 'md',
  render: (report, { failOn }) => {
    const all = report.results.map((result): Row => ({ result, ...standingOf(result, failOn) }));
    const bad = ['failed', 'unobserved', 'accepted'].flatMap((kind) => all.filter((each) => each.kind === kind));
    return `${[
      `## waxseal ${report.kind}: ${headline(report, all)}`,
      '',
      Object.entries(report.summary)
        .filter(([, count]) => count > 0)
        .map(([status, count]) => `${String(count)} ${status}`)
        .join(', '),
      ...(report.interrupted === true ? ['', '**Interrupted: what follows is incomplete.**'] : []),
      ...(report.faults ?? []).flatMap((fault) => ['', `- not observed: ${text(fault)}`]),
      ...(report.diagnosis ?? []).flatMap((each) => ['', `- ${text(each)}`]),
      ...outwaitedIn(report).flatMap((each) => ['', `- ${text(each)}`]),
      ...(bad.length === 0
        ? []
        : ['', '| | case | status | why |', '| --- | --- | --- | --- |', ...bad.slice(0, MOST).map(row)]),
      ...(bad.length > MOST ? ['', `… and ${String(bad.length - MOST)} more`] : []),
      ...bad
        .filter(({ kind }) => kind === 'failed')
        .slice(0, MOST)
        .flatMap(({ result }) => details(result)),
    ].join('\n')}\n`;
  },
});

interface Row extends Standing {
  readonly result: Result;
}

const headline = ({ results }: Report, all: readonly Row[]): string => {
  const count = (kind: string): number => all.filter((each) => each.kind === kind).length;
  const failed = count('failed');
  const unobserved = count('unobserved');
  if (failed > 0) return `${String(failed)} of ${String(results.length)} failed`;
  if (unobserved > 0) return `nothing failed, ${String(unobserved)} of ${String(results.length)} could not be observed`;
  return results.length === 0 ? 'no results' : 'all as expected';
};

const row = ({ result, kind, message }: Row): string =>
  `| ${MARKS[kind] ?? ''} | ${code(result.case)} | ${result.status}${result.severity === undefined ? '' : ` (${result.severity})`} | ${text(message)} |`;

const details = (result: Result): string[] => [
  '',
  `<details><summary>${text(result.case)}: ${text(result.title)}</summary>`,
  '',
  ...result.evidence.map(
    ({ connection, quote, why }) => `- connection ${String(connection)}: ${code(quote)}: ${text(why)}`,
  ),
  ...(result.expected === undefined ? [] : [`- expected: ${text(result.expected)}`]),
  ...(result.fix === undefined ? [] : [`- fix: ${text(result.fix)}`]),
  ...Object.entries(result.remedy ?? {}).map(([software, remedy]) => `- ${text(software)}: ${text(remedy)}`),
  `- again: ${code(reproduction(result.reproduce))}`,
  ...(result.references.length === 0
    ? []
    : [`- ${text([...result.references, ...result.cve, ...result.cwe].join(', '))}`]),
  '',
  '</details>',
];

/** A peer's text is a sentence here and no markup: no HTML, no link, no table cell of its own. */
const text = (raw: string): string =>
  escaped(raw)
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? character)
    .replace(/[\\`*_[\]#!|~@]|^[-+=]|:(?=\/\/)|(?<=^\d+)[.)]/g, (character) => `&#${String(character.charCodeAt(0))};`);

/** The same in a typewriter's face, so that it can be copied. */
const code = (raw: string): string => `<code>${text(raw)}</code>`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const MARKS: Readonly<Record<string, string>> = { failed: '❌', unobserved: '❔', accepted: '☑️' };
/** Rows: job pages are bounded. */
const MOST = 100;
