#!/usr/bin/env node
import { readFileSync } from 'node:fs';

/** waxseal's version, from its package. */
const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;

const argv = process.argv.slice(2);
let code: number;
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  // Nothing else is loaded: the start-up is node's own.
  process.stdout.write(`${version()}\n`);
  code = 0;
} else {
  const { runProgram } = await import('./program.js');
  code = await runProgram(argv, version());
}
// A pipe that is read slowly gets everything before we end; one that nobody reads any more holds nobody up.
process.exitCode = code;
process.stdout.write('', () => process.exit(code));
