import { Option } from 'commander';
import { countFrom, type CommonOptions } from '../options.js';
import type { CommandDefinition } from './definition.js';
import { failOnOption } from './shared-options.js';

/** Defines `waxseal diff`. */
export const diff: CommandDefinition = ({ command, run }) => {
  command('diff', 'compare two reports: what got worse, better, or could not be observed any more')
    .argument('<earlier>', 'a report as JSON (--report json:FILE)')
    .argument('<later>', 'a report of the same kind, as JSON')
    .addOption(
      new Option('--format <format>', 'how the difference is printed').choices(['text', 'json']).default('text'),
    )
    .addOption(failOnOption())
    .option('--expiry-days <n>', 'list certificates that expire within this many days', countFrom(0, 36_500), 21)
    .action((earlier: string, later: string, options: CommonOptions) =>
      run(async () => (await import('../diff.js')).diff, options, [earlier, later] as const),
    );
};
