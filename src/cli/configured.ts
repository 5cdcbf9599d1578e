import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configFileIn, readConfig, type FoundConfig } from '../config/config.js';
import { KNOWN_FILE } from '../document/known-file.js';
import type { CommonOptions } from './options.js';

/** Options of commands that read a configuration. */
export type ConfigurableOptions = Pick<CommonOptions, 'config' | 'plugin'> &
  Partial<Pick<CommonOptions, 'known' | 'failOn' | 'profile' | 'writeKnown' | 'control' | 'report'>>;

/** The configuration that `--config` names, or that lies where waxseal is started; undefined without one. Throws `BAD_USAGE`. */
export const configOf = async ({ config }: Pick<CommonOptions, 'config'>): Promise<FoundConfig | undefined> => {
  if (config === false) return undefined;
  const file = config ?? configFileIn(process.cwd());
  return file === undefined ? undefined : readConfig(file);
};

/** The options of a command, with what the configuration says where the command line says nothing. */
export const withConfiguration = async <O extends ConfigurableOptions>(command: string, options: O): Promise<O> => {
  const found = await configOf(options);
  const from = (path: string): string => (found === undefined ? path : resolve(found.folder, path));
  const { failOn, profile, known, plugins = [] } = found?.config ?? {};
  const usual = found === undefined ? resolve(KNOWN_FILE) : join(found.folder, KNOWN_FILE);
  const knownFile =
    options.known ??
    (known === undefined ? undefined : from(known)) ??
    (options.config !== false && (existsSync(usual) || options.writeKnown === true) ? usual : undefined);
  return {
    ...options,
    plugin: [...new Set([...plugins.map(from), ...options.plugin.map((path) => resolve(path))])],
    ...(TAKES_FAIL_ON.has(command) && failOn !== undefined && { failOn: options.failOn ?? failOn }),
    ...(command === 'audit' && profile !== undefined && { profile: options.profile ?? profile }),
    // Verdicts of serve are marked in reports, and told to a program.
    ...(TAKES_KNOWN.has(command) &&
      (command !== 'serve' || options.control !== undefined || (options.report ?? []).length > 0) &&
      knownFile !== undefined && { known: knownFile }),
  };
};

const TAKES_FAIL_ON: ReadonlySet<string> = new Set(['test', 'audit', 'judge', 'proxy']);
const TAKES_KNOWN: ReadonlySet<string> = new Set(['test', 'audit', 'judge', 'proxy', 'serve']);
