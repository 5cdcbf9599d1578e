import { differenceExitCode, differenceOf } from '../document/difference.js';
import { parseReport } from '../document/report-text.js';
import type { Report } from '../document/report-model.js';
import { differenceJson, differenceText } from '../report/difference.js';
import type { CommandAction } from './commands/definition.js';
import { readText } from './files.js';
import type { CommonOptions } from './options.js';
import { isColored } from './output.js';

/** `waxseal diff`: what got worse, better or lost between two reports. */
export const diff: CommandAction<CommonOptions, readonly [string, string]> = ({
  options,
  operands: [earlier, later],
}) => {
  const difference = differenceOf(reportIn(earlier), reportIn(later), options.expiryDays);
  process.stdout.write(
    options.format === 'json' ? differenceJson(difference) : differenceText(difference, isColored(process.stdout)),
  );
  return Promise.resolve(differenceExitCode(difference, options.failOn));
};

const reportIn = (path: string): Report => parseReport(readText(path, 'the report'), path);
