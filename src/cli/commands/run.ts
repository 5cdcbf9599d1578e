import type { CommonOptions } from '../options.js';
import type { CommandDefinition } from './definition.js';
import { configurable, failOnOption, formatOption, regression, reportOption } from './shared-options.js';

/** Defines `waxseal run`. */
export const run: CommandDefinition = ({ command, run: start }) => {
  regression(
    configurable(
      command('run', 'test all clients and audit all targets that waxseal.config lists (waxseal init writes one)'),
    ),
  )
    .argument('[name...]', 'names of clients, or targets as the configuration has them (default: all)')
    .option('--verbose', 'list good results too (text)')
    .addOption(formatOption())
    .addOption(reportOption('also write reports; the name of the client or target is added to the name of the file'))
    .addOption(failOnOption())
    .action((names: string[], options: CommonOptions) =>
      start(async () => (await import('../run.js')).runConfigured, options, names),
    );
};
