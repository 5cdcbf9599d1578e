import { Argument } from 'commander';
import { RULE_FORM_IDS } from '../../rules/rule-form.js';
import type { CommandDefinition } from './definition.js';

/** Defines `waxseal rules`. */
export const rules: CommandDefinition = ({ command, run }) => {
  command('rules', 'print detection rules for network sensors')
    .addArgument(new Argument('<form>', 'the language of the rules').choices(RULE_FORM_IDS))
    .action((form: string) => run(async () => (await import('../rules.js')).printRules, {}, form));
};
