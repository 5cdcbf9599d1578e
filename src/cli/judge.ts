import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.js';
import { judgeReport } from '../document/judge.js';
import { LARGEST_RECORDING } from '../verdict/recording.js';
import { readText, reason } from './files.js';
import { knownResults } from './known.js';
import { pluginsOf } from './plugins.js';
import type { CommonOptions } from './options.js';
import { concluded, requireOutputs } from './output.js';
import type { CommandAction } from './commands/definition.js';

/** `waxseal judge`: judges recordings with this version's judges; what cannot be read is said, and the rest is judged. */
export const judge: CommandAction<CommonOptions, readonly string[]> = async ({ options, operands }) => {
  requireOutputs(options);
  const { scenarios } = await pluginsOf(options.plugin);
  const known = await knownResults(options.known);
  const files = operands.flatMap(recordingsIn);
  const { report, seen } = judgeReport(
    files.map((file) => [
      file,
      () => readText(file, 'the recording', { most: LARGEST_RECORDING, code: 'CORRUPT_RECORDING' }),
    ]),
    { known, scenarios, command: ['waxseal', 'judge', ...operands] },
  );
  return concluded(report, options, { visits: seen });
};

/** The recordings below a path, in the order of their names; a file is taken as it is. */
const recordingsIn = (path: string): string[] => {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path)
      .filter((name) => name.endsWith('.json'))
      .sort();
    if (names.length === 0)
      throw new Fault(
        'BAD_USAGE',
        `${JSON.stringify(path)} holds no .json file; waxseal test --record ${path} makes recordings`,
      );
    return names.map((name) => join(path, name));
  } catch (error) {
    throw error instanceof Fault
      ? error
      : new Fault('BAD_USAGE', `the recording ${JSON.stringify(path)} cannot be read: ${reason(error)}`);
  }
};
