import type { Report, Result } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { setUpName } from '../set-up.js';
import { defineFormat, type RenderContext } from '../format.js';
import { detailLines, standingOf } from '../standing.js';
import { reproduction } from '../shell-word.js';

/**
 * JUnit XML as Jenkins, GitLab and GitHub's actions read it: a suite for each set-up or target, a test case for each result.
 * What makes the exit code 1 is a failure, what could not be observed an error, what is not applicable or accepted is skipped.
 */
export default defineFormat({
  id: 'junit',
  title: 'JUnit XML: one test case for each result',
  extension: 'xml',
  render: (report, { failOn }) => {
    const suites = suitesOf(report, failOn);
    const all = suites.flatMap(({ cases }) => cases);
    return `${[
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites${attributes({ name: `waxseal ${report.kind}`, ...counts(all) })}>`,
      ...suites.flatMap(({ name, cases }) => [
        `  <testsuite${attributes({ name, timestamp: report.startedAt.replace(/(\.\d+)?Z$/, ''), ...counts(cases) })}>`,
        ...cases.flatMap(caseLines),
        '  </testsuite>',
      ]),
      '</testsuites>',
    ].join('\n')}\n`;
  },
});

type FailOn = RenderContext['failOn'];

interface Suite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
}

interface JunitCase {
  readonly className: string;
  readonly name: string;
  readonly seconds: number;
  /** Absent for a case that passed. */
  readonly outcome?: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly type: string;
    readonly message: string;
  };
  readonly details: readonly string[];
}

const suitesOf = (report: Report, failOn: FailOn): Suite[] => {
  const suites = new Map<string, JunitCase[]>();
  for (const result of report.results) {
    const name = result.target ?? setUpName(result);
    suites.set(name, [...(suites.get(name) ?? []), caseOf(result, failOn)]);
  }
  const faults = (report.faults ?? []).map((message, index) => faultCase(message, index + 1));
  return [
    ...[...suites].map(([name, cases]) => ({ name, cases })),
    ...(faults.length > 0 ? [{ name: 'not observed', cases: faults }] : []),
  ];
};

const caseOf = (result: Result, failOn: FailOn): JunitCase => ({
  className: `waxseal.${result.id}`,
  name: result.case,
  seconds: (result.duration ?? 0) / 1000,
  ...outcomeOf(result, failOn),
  details: detailLines(result, reproduction(result.reproduce)),
});

const outcomeOf = (result: Result, failOn: FailOn): Pick<JunitCase, 'outcome'> => {
  const { status, severity } = result;
  const type = severity === undefined ? status : `${status} ${severity}`;
  const { kind, message } = standingOf(result, failOn);
  if (kind === 'passed') return {};
  return { outcome: { kind: KINDS[kind], type, message } };
};

const KINDS = { failed: 'failure', unobserved: 'error', accepted: 'skipped', 'not-applicable': 'skipped' } as const;

const faultCase = (message: string, number: number): JunitCase => ({
  className: 'waxseal.fault',
  name: `fault ${String(number)}`,
  seconds: 0,
  outcome: { kind: 'error', type: 'fault', message },
  details: [],
});

const counts = (cases: readonly JunitCase[]): Record<string, string> => {
  const of = (kind: string): string => String(cases.filter(({ outcome }) => outcome?.kind === kind).length);
  return {
    tests: String(cases.length),
    failures: of('failure'),
    errors: of('error'),
    skipped: of('skipped'),
    time: cases.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3),
  };
};

const caseLines = ({ className, name, seconds, outcome, details }: JunitCase): string[] => {
  const head = `    <testcase${attributes({ classname: className, name, time: seconds.toFixed(3) })}`;
  if (outcome === undefined) return [`${head}/>`];
  const { kind, message, type } = outcome;
  if (kind === 'skipped') return [`${head}>`, `      <skipped${attributes({ message })}/>`, '    </testcase>'];
  return [
    `${head}>`,
    `      <${kind}${attributes({ message, type })}>${xml([message, ...details].map(escaped).join('\n'))}</${kind}>`,
    '    </testcase>',
  ];
};

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${xml(escaped(value))}"`)
    .join('');

/** Text for an element or an attribute; characters that XML 1.0 §2.2 forbids were escaped before, and so were line ends in attributes. */
const xml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\uFFFE\uFFFF]/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
