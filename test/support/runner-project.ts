import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built } from './built.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
/** A folder in which vitest and jest are installed: they are larger than everything else here together, so `.ci/run` alone installs them. */
const INSTALLED = process.env['WAXSEAL_TEST_RUNNERS'];

/** Their commands, as npm links them. */
const COMMANDS: Readonly<Record<string, string>> = {
  mocha: 'mocha/bin/mocha.js',
  vitest: 'vitest/vitest.mjs',
  jest: 'jest/bin/jest.js',
};

/** Whether tests can be run with it: Node's own and mocha are always there. */
export const hasRunner = (runner = 'node:test'): boolean =>
  INSTALLED !== undefined || runner === 'node:test' || runner === 'mocha';

/** Skips a suite or test whose runner is not installed. With WAXSEAL_REQUIRE_REAL=1 it fails instead. */
export const needsRunner = (context: Mocha.Context, runner: string): void => {
  if (hasRunner(runner)) return;
  if (process.env['WAXSEAL_REQUIRE_REAL'] === '1')
    throw new Error('WAXSEAL_TEST_RUNNERS must name a folder with vitest and jest');
  context.skip();
};

/** Makes a project that has waxseal, nodemailer and all runners that there are installed. */
export const projectWithRunners = async (project: string): Promise<void> => {
  const modules = join(project, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  // A copy: jest rewrites modules that do not lie below node_modules.
  await cp(built(), join(modules, 'waxseal'), { recursive: true });
  await cp(join(ROOT, 'commonjs'), join(modules, 'waxseal/commonjs'), { recursive: true });
  const theirs = INSTALLED === undefined ? undefined : join(INSTALLED, 'node_modules');
  for (const name of theirs === undefined ? [] : await readdir(theirs))
    if (!['waxseal', 'nodemailer', 'mocha', '.bin'].includes(name))
      await symlink(join(theirs ?? '', name), join(modules, name));
  for (const name of ['mocha', 'nodemailer']) await symlink(join(MODULES, name), join(modules, name));
  for (const [name, file] of Object.entries(COMMANDS))
    if (hasRunner(name)) await symlink(join('..', file), join(modules, '.bin', name));
  await writeFile(join(project, 'package.json'), '{}');
};
