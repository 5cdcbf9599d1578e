import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';

/** Whether waxseal runs as one executable file, without a Node beside it. */
export const isSingleExecutable = (): boolean => isSea();

/** The command that starts this very program with these arguments. */
export const selfCommand = (argv: readonly string[] = ownArguments()): readonly [string, ...string[]] => {
  const [, script = ''] = process.argv;
  return [process.execPath, ...process.execArgv, ...(isSea() ? [] : [script]), ...argv];
};

/** The first argument with which the executable runs `redirector.ts`. */
export const REDIRECTOR_ARGUMENT = '--waxseal-redirector';

/** The command that starts `redirector.ts`, which is a process of its own, with these arguments. */
export const redirectorCommand = (argv: readonly string[]): readonly [string, ...string[]] => [
  process.execPath,
  ...process.execArgv,
  isSea() ? REDIRECTOR_ARGUMENT : fileURLToPath(new URL('./redirector.js', import.meta.url)),
  ...argv,
];

/** The arguments of this program. */
export const ownArguments = (): string[] => process.argv.slice(2);

/** The environment without what is not set. */
export const ownEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
