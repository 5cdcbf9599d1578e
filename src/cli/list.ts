import { Fault } from '../fault.js';
import { KINDS as KNOWN_KINDS, listOf, type Kind, type Listed } from '../knowledge/catalogue.js';
import { LATE_FORMATS } from '../report/formats/late.js';
import { nearest } from '../cases/selection.js';
import type { CommonOptions } from './options.js';
import { pluginsOf, type Plugins } from './plugins.js';
import type { CommandAction } from './commands/definition.js';

/** `waxseal list KIND`: scenarios, checks and more, as lines or as JSON; without a kind, the kinds. */
export const list: CommandAction<Pick<CommonOptions, 'format' | 'plugin'>, string | undefined> = async ({
  options,
  operands: word,
}) => {
  if (word === undefined) {
    const kinds = KINDS.map((id) => `waxseal list ${id}`);
    process.stdout.write(
      options.format === 'json' ? `${JSON.stringify(KINDS, undefined, 2)}\n` : `${kinds.join('\n')}\n`,
    );
    return 0;
  }
  const kind = KINDS.find((each) => each === word || each === `${word}s`);
  if (kind === undefined) {
    const near = nearest(word, KINDS);
    throw new Fault(
      'BAD_USAGE',
      `unknown: ${JSON.stringify(word)}; ${near === undefined ? '' : `did you mean ${near}? `}known: ${KINDS.join(', ')}`,
    );
  }
  const all = rowsOf(kind, await pluginsOf(options.plugin));
  if (options.format === 'json') process.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`);
  else {
    const width = Math.max(...all.map(({ id }) => id.length)) + 2;
    for (const { id, title } of all) process.stdout.write(`${id.padEnd(width)}${title}\n`);
  }
  return 0;
};

/** Formats are known above the layer that knows the rest. */
const rowsOf = (kind: Kind | 'formats', others: Plugins): readonly Listed[] =>
  kind === 'formats'
    ? LATE_FORMATS.map(({ id, title, extension }) => ({ id, title, extension }))
    : listOf(kind, others);

const KINDS = [...KNOWN_KINDS, 'formats'] as const;
