#!/usr/bin/env node
import { readFileSync } from 'node:fs';

/** waxseal's version, from its package. */
const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;

const isOutOfDescriptors = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');

const argv = process.argv.slice(2);
let code: number;
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  // Nothing else is loaded: the start-up is node's own.
  process.stdout.write(`${version()}\n`);
  code = 0;
} else {
  try {
    const { runProgram } = await import('./program.js');
    code = await runProgram(argv, version());
  } catch (error) {
    // Node loads all modules at once, and needs a descriptor for each.
    if (!isOutOfDescriptors(error)) throw error;
    process.stderr.write(
      'waxseal: no file descriptors are left to start with; raise the limit, as in: ulimit -n 1024\n',
    );
    code = 3;
  }
}
// A pipe that is read slowly gets everything before we end; one that nobody reads any more holds nobody up.
process.exitCode = code;
process.stdout.write('', () => process.exit(code));
