import { DETECTIONS } from '../rules/detections.js';
import { RULE_FORMS } from '../rules/forms.js';
import type { CommandAction } from './commands/definition.js';

/** `waxseal rules FORM`: prints detection rules. */
export const printRules: CommandAction<object, string> = async ({ operands, version }) => {
  const form = RULE_FORMS.find(({ id }) => id === operands);
  process.stdout.write(form?.render(DETECTIONS, version) ?? '');
  return 0;
};
