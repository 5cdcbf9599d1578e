import { grouped } from '../../document/grouped.js';
import type { ProfileReport } from '../../document/report-model.js';
import { hostPort } from '../../wire/host-port.js';
import { escaped } from '../escape.js';
import { labelled, wrapped } from '../layout.js';
import type { TextStyle } from './style.js';

/** The rules of a norm: those not met, each with the fact that shows it; those that could not be judged; the rest as a number, or in full. */
export const profileLines = (style: TextStyle): string[] => {
  const { report, passes, width, colors } = style;
  const { profile } = report;
  if (profile === undefined) return [];
  const rules = grouped(profile.rules, ({ rule }) => rule).map(([, each]) => each);
  const met = rules.filter((each) => each.every(({ state }) => state === 'met')).length;
  const head = `${profile.title}, ${profile.version}: ${String(met)} of ${String(rules.length)} rules met`;
  const notes = [
    ...(profile.kind === 'controls' ? ['evidence for an assessor; meeting these rules does not prove compliance'] : []),
    `not judged: ${profile.leavesOut}`,
  ];
  return [
    ...wrapped(escaped(head), width).map(colors.bold),
    ...rules.flatMap((each) => ruleLines(each, style)),
    ...(passes
      ? notes.flatMap((note) => wrapped(escaped(note), width - 2).map((line) => colors.dim(`  ${line}`)))
      : notes.slice(0, -1).flatMap((note) => wrapped(note, width - 2).map((line) => colors.dim(`  ${line}`)))),
    '',
  ];
};

type Rule = ProfileReport['rules'][number];

const ruleLines = (rules: readonly Rule[], { passes, width, colors, report }: TextStyle): string[] => {
  const [first] = rules;
  if (first === undefined) return [];
  const hosts = new Set(report.results.flatMap(({ host, port }) => (port === undefined ? [] : [host])));
  return STATES.filter((state) => passes || state !== 'met').flatMap((state) => {
    const found = rules.filter((each) => each.state === state);
    return grouped(found, ({ because }) => because).flatMap(([because, on]) => {
      const ports = on
        .map(({ host, port }) =>
          port === undefined ? host : hosts.size > 1 ? hostPort(host, port) : `port ${String(port)}`,
        )
        .join(', ')
        .replaceAll(', port ', ', ');
      const word = state === 'not-met' ? 'not met' : state === 'met' ? 'met' : 'unknown';
      const level = state === 'not-met' && first.level !== 'must' ? 'only advice, ' : '';
      const lines = labelled(word, escaped(`${first.says} (${level}${first.section}) · ${ports}: ${because}`), {
        width,
      });
      return state === 'not-met' && first.level === 'must'
        ? lines.map((line) => line.replace(word, colors.red(word)))
        : lines;
    });
  });
};

const STATES = ['not-met', 'not-looked-at', 'met'] as const;
