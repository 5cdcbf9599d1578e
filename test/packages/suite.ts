import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../support/built.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a test runner of another language came to: exit code (-1: killed after 100 s), both streams, and the folder of its package. */
export interface Suite {
  readonly code: number;
  readonly output: string;
}

/** A folder below `packages/`. */
export const packageFolder = (name: string): string => `${ROOT}packages/${name}`;

/** Runs a test runner with this checkout's waxseal. */
export const suite = (
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Suite> =>
  new Promise((resolve) => {
    execFile(
      program,
      args,
      {
        cwd,
        timeout: 100_000,
        maxBuffer: 1 << 24,
        env: { ...process.env, WAXSEAL: `'${process.execPath}' '${commandLine()}'`, ...env },
      },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
      },
    );
  });
