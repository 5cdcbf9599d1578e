import type { Result } from '../../document/report-model.js';
import { escaped, jsonText } from '../escape.js';
import { defineFormat, type RenderContext } from '../format.js';
import { reproduction } from '../shell-word.js';
import { standingOf } from '../standing.js';

/**
 * TAP version 14 as prove, node-tap and Jenkins read it: a test point for each result and fault. What makes the exit code 1, and
 * what could not be observed, is `not ok`; accepted results are `# TODO`, inapplicable ones `# SKIP`.
 */
export default defineFormat({
  id: 'tap',
  title: 'TAP 14: one test point for each result',
  extension: 'tap',
  render: ({ results, faults = [] }, { failOn }) =>
    `${[
      'TAP version 14',
      `1..${String(results.length + faults.length)}`,
      ...results.flatMap((result, index) => resultLines(result, index + 1, failOn)),
      ...faults.flatMap((fault, index) => [
        `not ok ${String(results.length + index + 1)} - not observed`,
        ...diagnostics({ message: fault }),
      ]),
    ].join('\n')}\n`,
});

const resultLines = (result: Result, number: number, failOn: RenderContext['failOn']): string[] => {
  const { kind, message } = standingOf(result, failOn);
  const point = `${String(number)} - ${plain(result.case)}`;
  if (kind === 'passed') return [`ok ${point}`];
  if (kind === 'not-applicable') return [`ok ${point} # SKIP ${plain(message)}`];
  return [
    `not ok ${point}${kind === 'accepted' ? ` # TODO ${plain(message)}` : ''}`,
    ...diagnostics({
      message: result.because,
      status: result.status,
      severity: result.severity,
      title: result.title,
      expected: result.expected,
      fix: result.fix,
      evidence: result.evidence.map(
        ({ connection, quote, why }) => `connection ${String(connection)}: ${quote} (${why})`,
      ),
      remedy: result.remedy,
      again: reproduction(result.reproduce),
    }),
  ];
};

/** A YAML block; JSON is YAML (YAML 1.2 §1.3), and its escapes keep a peer's text in its place. */
const diagnostics = (values: Readonly<Record<string, unknown>>): string[] => [
  '  ---',
  ...Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${name}: ${jsonText(value)}`),
  '  ...',
];

/** A description: `#` begins a directive, and the backslash escapes. */
const plain = (text: string): string => escaped(text).replace(/[\\#]/g, String.raw`\$&`);
