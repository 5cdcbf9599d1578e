import { Argument } from 'commander';
import type { Shell } from '../../report/completion.js';
import type { CommandDefinition } from './definition.js';

/** Defines `waxseal completion`. */
export const completion: CommandDefinition = ({ command, run }) => {
  command('completion', 'print a completion script for a shell to source')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell) => run(async () => (await import('../completion.js')).printCompletion, {}, shell));
};

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];
