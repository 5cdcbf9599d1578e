import { Argument } from 'commander';
import { RULE_FORMS } from '../../rules/forms.js';
import type { CommandDefinition } from './definition.js';

/** Defines `waxseal rules`. */
export const rules: CommandDefinition = ({ command, run }) => {
  command('rules', 'print detection rules for network sensors')
    .addArgument(new Argument('<form>', 'the language of the rules').choices(RULE_FORMS.map(({ id }) => id)))
    .action((form: string) => run(async () => (await import('../rules.js')).printRules, {}, form));
};
