import { completion, type Shell } from '../report/completion.js';
import type { CommandAction } from './commands/definition.js';
import { commandShapes } from './program.js';

/** `waxseal completion SHELL`: prints the completion of a shell. */
export const printCompletion: CommandAction<object, Shell> = ({ operands: shell, version }) => {
  process.stdout.write(completion(shell, commandShapes(version)));
  return Promise.resolve(0);
};
