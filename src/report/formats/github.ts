import type { Result } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { defineFormat } from '../format.js';
import { reproduction } from '../shell-word.js';
import { detailLines, standingOf } from '../standing.js';
import { workflowCommand } from '../workflow-command.js';

/** Workflow commands of GitHub Actions: an annotation for each result that is not as expected, the worst first, and each fault. */
export default defineFormat({
  id: 'github',
  title: 'GitHub Actions: one annotation for each bad result',
  extension: 'github.txt',
  render: ({ kind: subject, results, faults = [], summary }, { failOn }) => {
    const standing = results.map((result) => ({ result, ...standingOf(result, failOn) }));
    const of = (kind: string): string[] =>
      standing
        .filter((each) => each.kind === kind)
        .map(({ result, message }) => annotation(LEVELS[kind] ?? 'notice', result, message));
    return [
      ...of('failed'),
      ...of('unobserved'),
      ...faults.map((fault) => command('warning', 'waxseal: not observed', fault)),
      ...standing
        .filter(({ kind, result }) => kind === 'passed' && NOTED.has(result.status))
        .map(({ result, message }) => annotation('notice', result, message)),
      command(
        'notice',
        `waxseal ${subject}`,
        Object.entries(summary)
          .filter(([, count]) => count > 0)
          .map(([status, count]) => `${String(count)} ${status}`)
          .join(', ') || 'no results',
      ),
    ]
      .map((line) => `${line}\n`)
      .join('');
  },
});

const annotation = (level: string, result: Result, message: string): string =>
  command(
    level,
    `${result.case} is ${result.status}`,
    [message, ...detailLines(result, reproduction(result.reproduce))].map(escaped).join('\n'),
  );

const command = (level: string, title: string, message: string): string => workflowCommand(level, { title }, message);

const LEVELS: Readonly<Record<string, string>> = { failed: 'error', unobserved: 'warning' };
const NOTED: ReadonlySet<string> = new Set(['downgradable', 'warn', 'fail', 'unsafe']);
