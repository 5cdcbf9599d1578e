import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The directory of the PATH that holds a program. */
export const directoryOf = (program: string): string | undefined =>
  (process.env['PATH'] ?? '').split(delimiter).find((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Whether a program is on the PATH. */
export const isInstalled = (program: string): boolean => directoryOf(program) !== undefined;

/** Skips a suite or test, saying what is missing. With WAXSEAL_REQUIRE_REAL=1 it fails instead. */
export const needs = (context: Mocha.Context, program: string): void => {
  if (isInstalled(program)) return;
  if (process.env['WAXSEAL_REQUIRE_REAL'] === '1')
    throw new Error(`${program} is not installed, and WAXSEAL_REQUIRE_REAL=1`);
  const test = context.currentTest ?? context.test;
  if (test) test.title += ` (skipped: ${program} is not installed)`;
  context.skip();
};

/** How a program ended: exit code (-1: killed after 10 s), and everything it printed. */
export type Ended = { readonly code: number; readonly output: string };

/** Runs a program to its end with nothing on its input. */
export const ended = (
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  timeout = 10_000,
): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { timeout, env: { PATH: process.env['PATH'], HOME: join(tmpdir(), 'no-home'), ...env } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? -1) : 0, output: stdout + stderr }),
    );
    child.stdin?.end();
  });
