import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Command, type Option } from 'commander';
import type { CommandDefinition } from '../../src/cli/commands/definition.js';

/** What a command line means, as its command would get it. */
export interface Parsed {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly operands: unknown;
}

const COMMANDS = new URL('../../src/cli/commands/', import.meta.url);
const require = createRequire(import.meta.url);
// Not awaited: a module that is awaited cannot be required, and whatever leads to it would be loaded a second time.
const definitions = readdirSync(COMMANDS)
  .filter((name) => !/^(?:definition|shared-options)\.ts$/.test(name))
  .map((name) => {
    const module = require(fileURLToPath(new URL(name, COMMANDS))) as Record<string, CommandDefinition>;
    const [define] = Object.values(module);
    if (define === undefined) throw new Error(`${name} defines no command`);
    return define;
  });

const host = (after: readonly string[] | undefined, tell: (parsed: Omit<Parsed, 'name'>) => void): Command => {
  const root = new Command('waxseal').exitOverride().configureOutput({ writeErr: () => undefined });
  for (const define of definitions)
    define({
      command: (name, summary) => root.command(name).description(summary),
      run: (_load, options, operands) => {
        tell({ options: options as Parsed['options'], operands });
        return Promise.resolve();
      },
      after,
    });
  return root;
};

/** Reads a command line without running it; throws what commander throws for one that is wrong. */
export const parsed = async (argv: readonly string[]): Promise<Parsed> => {
  const at = argv.indexOf('--');
  const own = at === -1 ? argv : argv.slice(0, at);
  const found: Omit<Parsed, 'name'>[] = [];
  const root = host(at === -1 ? undefined : argv.slice(at + 1), (each) => found.push(each));
  await root.parseAsync(own, { from: 'user' });
  const [{ options, operands } = { options: {}, operands: undefined }] = found;
  return { name: own[0] ?? '', options, operands };
};

/** The options of a command, as it is defined. */
export const optionsOf = (name: string): readonly Option[] => {
  const command = host(undefined, () => undefined).commands.find((each) => each.name() === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  return command.options;
};
