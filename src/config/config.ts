import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fault } from '../fault.js';
import { complaint, firstWrong } from '../wire/complaint.js';
import { printable } from '../wire/printable.js';
import type { WaxsealConfig } from './model.js';
import { importForeign } from './own-package.js';

export type { ConfiguredClient, ConfiguredTarget, WaxsealConfig } from './model.js';

/** Gives editors the types of a configuration; returns it as it is. */
export const defineConfig = (config: WaxsealConfig): WaxsealConfig => config;

/** A configuration, and the folder that its paths start from. */
export interface FoundConfig {
  readonly config: WaxsealConfig;
  readonly file: string;
  readonly folder: string;
}

/** The names of a configuration, in the order in which they are looked for. */
export const CONFIG_FILES = [
  'waxseal.config.ts',
  'waxseal.config.mts',
  'waxseal.config.js',
  'waxseal.config.mjs',
  'waxseal.config.json',
];

/** The configuration of a folder; undefined where it has none. Throws `BAD_USAGE` where there are two. */
export const configFileIn = (folder: string): string | undefined => {
  const found = CONFIG_FILES.filter((name) => existsSync(join(folder, name)));
  if (found.length > 1)
    throw new Fault('BAD_USAGE', `${found.join(' and ')} are both here: keep one of them, or name one with --config`);
  return found[0] === undefined ? undefined : join(folder, found[0]);
};

/** Reads a configuration; throws `BAD_USAGE` that says what is wrong with it and where. */
export const readConfig = async (path: string): Promise<FoundConfig> => {
  const file = resolve(path);
  const name = JSON.stringify(path);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new Fault('BAD_USAGE', `the configuration ${name} is not a file`);
  const value = await valueOf(file, name);
  const { Errors } = await import('typebox/value');
  const { ConfigModel } = await import('./model.js');
  const wrong = firstWrong([...Errors(ConfigModel, value)]);
  if (wrong !== undefined) {
    const where = wrong.instancePath === '' ? '' : ` at ${printable(wrong.instancePath)}`;
    throw new Fault('BAD_USAGE', `the configuration ${name}${where} ${complaint(wrong)}`);
  }
  const config = value as WaxsealConfig;
  requireSense(config, name);
  return { config, file, folder: dirname(file) };
};

/** What a schema cannot say. */
const requireSense = ({ clients = [], targets = [] }: WaxsealConfig, name: string): void => {
  const wrong = (what: string): never => {
    throw new Fault('BAD_USAGE', `the configuration ${name}: ${what}`);
  };
  for (const { name: client, command, preset } of clients) {
    if ((command === undefined) === (preset === undefined))
      wrong(`the client ${client} needs a command or a preset${command === undefined ? '' : ', not both'}`);
  }
  const names = [...clients.map((each) => each.name), ...targets.map(targetName)];
  const twice = names.find((each, index) => names.indexOf(each) !== index);
  if (twice !== undefined) wrong(`${JSON.stringify(twice)} is named twice`);
  for (const target of targets) {
    if (typeof target === 'string') continue;
    const both = target.open?.find((port) => target.closed?.includes(port) === true);
    if (both !== undefined) wrong(`port ${String(both)} of ${target.target} cannot be open and closed`);
  }
};

/** The name by which a target is chosen. */
export const targetName = (target: NonNullable<WaxsealConfig['targets']>[number]): string =>
  typeof target === 'string' ? target : target.target;

const valueOf = async (file: string, name: string): Promise<unknown> => {
  try {
    switch (extname(file)) {
      case '.json':
        return JSON.parse(readFileSync(file, 'utf8'));
      case '.ts':
      case '.mts':
        return await typed(file);
      default:
        return await imported(file);
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    const why = printable((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '');
    throw new Fault('BAD_USAGE', `the configuration ${name} cannot be loaded: ${why.slice(0, 300)}`, { cause: error });
  }
};

const imported = async (file: string): Promise<unknown> => {
  const module = await importForeign(pathToFileURL(file).href);
  if (module['default'] === undefined) throw new Error('it has no default export');
  return module['default'];
};

/** Node reads TypeScript by itself from 22.18 on; before, whatever the project compiles it with does. */
const typed = async (file: string): Promise<unknown> => {
  try {
    return await imported(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error;
  }
  const compiled = compiledIn(file);
  const beside = join(dirname(file), `.${basename(file)}.${String(process.pid)}.mjs`);
  writeFileSync(beside, compiled, { mode: 0o600 });
  try {
    return await imported(beside);
  } finally {
    rmSync(beside, { force: true });
  }
};

const compiledIn = (file: string): string => {
  const require = createRequire(file);
  const source = readFileSync(file, 'utf8');
  for (const { name, compile } of COMPILERS) {
    let path: string;
    try {
      path = require.resolve(name);
    } catch {
      continue;
    }
    return compile(require(path), source);
  }
  throw new Fault(
    'BAD_USAGE',
    `${basename(file)} needs Node 22.18 or newer, or the package typescript or esbuild in your project; without them use waxseal.config.js or waxseal.config.json`,
  );
};

interface TypeScript {
  readonly transpileModule: (source: string, options: object) => { readonly outputText: string };
}
interface Esbuild {
  readonly transformSync: (source: string, options: object) => { readonly code: string };
}

const COMPILERS: readonly { readonly name: string; readonly compile: (made: unknown, source: string) => string }[] = [
  {
    name: 'typescript',
    compile: (made, source) =>
      (made as TypeScript).transpileModule(source, { compilerOptions: { module: 99, target: 9 } }).outputText,
  },
  {
    name: 'esbuild',
    compile: (made, source) => (made as Esbuild).transformSync(source, { loader: 'ts', format: 'esm' }).code,
  },
];
