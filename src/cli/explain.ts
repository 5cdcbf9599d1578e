import { Fault } from '../fault.js';
import { explainable, explanationsOf } from '../knowledge/explanation.js';
import type { Explanation } from '../knowledge/paragraphs.js';
import { commandLines } from '../report/command-lines.js';
import { wrapped } from '../report/layout.js';
import { nearest } from '../cases/selection.js';
import { columns } from './columns.js';
import { pluginsOf, type Plugins } from './plugins.js';
import type { CommonOptions } from './options.js';
import type { CommandAction } from './commands/definition.js';

/** `waxseal explain ID…`: why a scenario, check or port matters, and what is right. */
export const explain: CommandAction<Pick<CommonOptions, 'format' | 'plugin'>, readonly string[]> = async ({
  options,
  operands,
}) => {
  const others = await pluginsOf(options.plugin);
  const found = operands.flatMap((id) => {
    const all = known(id, others);
    return all.map((each) => ({ id, ...each, isOneOfSeveral: all.length > 1 }));
  });
  if (options.format === 'json') {
    process.stdout.write(
      `${JSON.stringify(
        found.map(({ id, title, paragraphs }) => ({
          id,
          title,
          paragraphs: paragraphs.map(([heading, text]) => ({ heading, text })),
        })),
        undefined,
        2,
      )}\n`,
    );
  } else {
    const width = columns();
    process.stdout.write(found.map((each) => text(each, width)).join('\n'));
  }
  return 0;
};

const known = (id: string, others: Plugins): readonly Explanation[] => {
  const found = explanationsOf(id, others);
  if (found.length > 0) return found;
  if (/^\d+$/.test(id))
    throw new Fault('BAD_USAGE', `unknown port ${id.slice(0, 10)}; waxseal list ports shows the known ones`);
  const near = nearest(id, explainable(others));
  throw new Fault(
    'BAD_USAGE',
    `unknown: ${JSON.stringify(id.slice(0, 80))}; ${near === undefined ? '' : `did you mean ${near}? `}known are port numbers, topics, words of reports, and all that waxseal list names (waxseal list scenarios, waxseal list checks …)`,
  );
};

const text = (
  { kind, title, paragraphs, isOneOfSeveral }: Explanation & { readonly isOneOfSeveral: boolean },
  width: number,
): string =>
  [
    ...wrapped(isOneOfSeveral ? `${title} (${kind})` : title, width - 2),
    '',
    ...paragraphs.flatMap(([heading, body]) => {
      const whole = `${heading}: ${body}`;
      const lines = heading === 'Try it' ? commandLines(whole, width - 4) : wrapped(whole, width - 4);
      return lines.map((line, index) => `${index === 0 ? '' : '  '}${line}`);
    }),
    '',
  ].join('\n');
