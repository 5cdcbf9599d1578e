import { createHash } from 'node:crypto';
import type { Log, ReportingDescriptor, Result as SarifResult, Run } from 'sarif';
import type { Report, Result } from '../../document/report-model.js';
import { escaped, jsonText } from '../escape.js';
import { defineFormat, type RenderContext } from '../format.js';
import { reproduction } from '../shell-word.js';
import { detailLines, standingOf } from '../standing.js';

/**
 * SARIF 2.1.0 for code scanning: a result for everything that is worth an alert, each with a rule that has help, a location and a
 * fingerprint that stays the same from run to run. What passed is left out, since services show every result as an alert; what
 * could not be observed is a notification of the run.
 */
export default defineFormat({
  id: 'sarif',
  title: 'SARIF 2.1.0: alerts for code scanning',
  extension: 'sarif',
  render: (report, context) => {
    const log: Log = {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [runOf(report, context)],
    };
    return `${jsonText(log, 2)}\n`;
  },
});

const runOf = (report: Report, { failOn }: RenderContext): Run => {
  const bad = report.results.filter((result) => isAlert(result));
  const ids = [...new Set(bad.map(({ id }) => id))];
  const unobserved = report.results.filter((result) => standingOf(result, failOn).kind === 'unobserved');
  return {
    tool: {
      driver: {
        name: 'waxseal',
        version: report.tool.version,
        semanticVersion: report.tool.version,
        rules: ids.flatMap((id) => {
          const first = bad.find((result) => result.id === id);
          return first === undefined ? [] : [ruleOf(first)];
        }),
      },
    },
    automationDetails: { id: `waxseal/${report.kind}/` },
    invocations: [
      {
        executionSuccessful: report.interrupted !== true,
        startTimeUtc: report.startedAt,
        endTimeUtc: report.finishedAt,
        toolExecutionNotifications: [
          ...(report.faults ?? []).map((fault) => ({ level: 'warning' as const, message: { text: escaped(fault) } })),
          ...unobserved.map((result) => ({
            level: 'note' as const,
            message: { text: escaped(`${result.case} is inconclusive: ${result.because}`) },
          })),
        ],
      },
    ],
    columnKind: 'utf16CodeUnits',
    results: bad.map((result) => alertOf(result, ids.indexOf(result.id), report.subject)),
  };
};

const isAlert = ({ status, known }: Result): boolean =>
  ALERTS.has(status) || (known !== undefined && known.state !== 'expected');

const ruleOf = (result: Result): ReportingDescriptor => {
  const { id, title, references, cve, cwe, expected, fix, remedy = {}, severity } = result;
  const help = [
    title,
    ...(expected === undefined ? [] : [`Expected: ${expected}.`]),
    ...(fix === undefined ? [] : [`Usually mended by: ${fix}.`]),
    ...Object.entries(remedy).map(([software, text]) => `${software}: ${text}`),
    ...(references.length + cve.length === 0 ? [] : [`See ${[...references, ...cve].join(', ')}.`]),
    `waxseal explain ${id} says more.`,
  ].map(escaped);
  return {
    id: escaped(id),
    name: pascalCase(id),
    shortDescription: { text: escaped(title) },
    fullDescription: { text: escaped(title) },
    help: { text: help.join('\n'), markdown: help.map(markdown).join('\n\n') },
    defaultConfiguration: { level: levelOf(result) },
    properties: {
      tags: ['security', ...cwe.map((each) => `external/cwe/${escaped(each).toLowerCase()}`)],
      precision: 'very-high',
      'security-severity': SCORES[severity ?? 'high'] ?? '7.0',
    },
  };
};

const alertOf = (result: Result, ruleIndex: number, subject: Report['subject']): SarifResult => {
  const { id, case: key, known, severity, status } = result;
  const again = reproduction(result.reproduce);
  const [client = ''] = subject.command ?? [];
  return {
    ruleId: escaped(id),
    ruleIndex,
    kind: 'fail',
    level: levelOf(result),
    message: {
      text: [`${key} is ${status}: ${result.because}`, ...detailLines(result, again)].map(escaped).join('\n'),
    },
    locations: [
      {
        // Services ask for a file: there is none, and this names what was tested.
        physicalLocation: { artifactLocation: { uri: uriOf(result) }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: escaped(key), kind: 'resource' }],
      },
    ],
    // The key has the port of a listener; an endpoint of waxseal's own has a different one every time, and is not in it.
    partialFingerprints: {
      'waxsealCase/v1': createHash('sha256')
        .update(JSON.stringify([client, key]))
        .digest('hex')
        .slice(0, 32),
    },
    ...(severity !== undefined && { rank: RANKS[severity] ?? 50 }),
    ...(known?.state === 'expected' && {
      suppressions: [{ kind: 'external' as const, status: 'accepted' as const, justification: escaped(known.reason) }],
    }),
    properties: { status, ...(severity !== undefined && { severity }), again },
  };
};

const levelOf = ({ status, severity }: Result): 'error' | 'warning' | 'note' => {
  if (status === 'downgradable' || status === 'warn')
    return severity === 'low' || severity === 'info' ? 'note' : 'warning';
  return severity === 'low' || severity === 'info' ? 'note' : severity === 'medium' ? 'warning' : 'error';
};

/** A relative path without anything that could lead out of it. */
const uriOf = ({ host, port, portRole, protocol, id }: Result): string =>
  ['waxseal', host ?? protocol, host === undefined ? id : `${portRole ?? protocol}-${String(port ?? 0)}`]
    .map((part) => encodeURIComponent(part.replace(/[^\p{L}\p{N}.-]/gu, '_').replace(/^\.+/, '_')))
    .join('/');

const pascalCase = (id: string): string =>
  id
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const markdown = (text: string): string => text.replace(/[\\`*_{}[\]<>()#+!|]/g, String.raw`\$&`);

const ALERTS: ReadonlySet<string> = new Set(['unsafe', 'fail', 'downgradable', 'warn']);
/** As code scanning sorts: above 9.0 critical, 7.0 high, 4.0 medium. */
const SCORES: Readonly<Record<string, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.5',
  info: '0.5',
};
const RANKS: Readonly<Record<string, number>> = { critical: 95, high: 80, medium: 55, low: 25, info: 5 };
