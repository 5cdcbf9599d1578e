import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { importForeign } from '../config/own-package.js';
import { Fault } from '../fault.js';
import type { Scenario } from '../scenarios/scenario.js';
import { ownScenario } from '../serving/own-scenario.js';
import { isSingleExecutable } from '../place/self.js';
import { printable } from '../wire/printable.js';
import { reason } from './files.js';

/** The scenario of a user's script, of `--script FILE`; throws `BAD_USAGE` with one sentence, whatever is wrong with the file. */
export const scriptIn = async (path: string): Promise<Scenario> => {
  const wrong = (what: string): Fault => new Fault('BAD_USAGE', `the script ${JSON.stringify(path)} ${what}`);
  const url = pathToFileURL(resolve(path)).href;
  try {
    if (statSync(resolve(path)).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
  } catch (error) {
    throw wrong(`cannot be read: ${reason(error)}`);
  }
  let exported: unknown;
  try {
    exported = (await importForeign(url))['default'];
  } catch (error) {
    throw wrong(`cannot be loaded: ${wordsOf(error)}${lineOf(error, url)}`);
  }
  try {
    return ownScenario(exported);
  } catch (error) {
    throw error instanceof Fault ? wrong(`cannot be used: ${error.message}`) : error;
  }
};

const wordsOf = (error: unknown): string =>
  printable((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '').slice(0, 300);

/** ` (line 3)`, where that is known: from the trace of what was thrown; where a syntax error is, only Node's own check tells. */
const lineOf = (error: unknown, url: string): string => {
  const trace =
    error instanceof SyntaxError && !isSingleExecutable()
      ? spawnSync(process.execPath, ['--check', fileURLToPath(url)], { encoding: 'utf8' }).stderr.replaceAll(
          fileURLToPath(url),
          url,
        )
      : error instanceof Error
        ? (error.stack ?? '')
        : '';
  const at = trace.indexOf(`${url}:`);
  const [, number] = at === -1 ? [] : (/^:(\d+)/.exec(trace.slice(at + url.length)) ?? []);
  return number === undefined ? '' : ` (line ${number})`;
};
