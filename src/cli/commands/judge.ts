import type { CommonOptions } from '../options.js';
import type { CommandDefinition } from './definition.js';
import { configurable, failOnOption, formatOption, reportOption } from './shared-options.js';

/** Defines `waxseal judge`. */
export const judge: CommandDefinition = ({ command, run }) => {
  configurable(command('judge', 're-evaluate recordings with this version'))
    .argument('<path...>', 'recordings, or folders that hold recordings')
    .option('--verbose', 'list safe cases too (text)')
    .addOption(formatOption())
    .option(
      '--known <file>',
      'JSON file of accepted results, each with a reason (default: waxseal.known.json, if it exists)',
    )
    .addOption(failOnOption())
    .option('--transcript', 'show every transcript, not only the first of each finding (text)')
    .addOption(reportOption('also write the report to this file'))
    .action((paths: string[], options: CommonOptions) =>
      run(async () => (await import('../judge.js')).judge, options, paths),
    );
};
