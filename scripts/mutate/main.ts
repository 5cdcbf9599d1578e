/**
 * Mutation testing of what decides a verdict: changes one expression at a time and runs the tests that reach it.
 * `npm run mutate [-- FILE…] [--tests PATH] [--sample N] [--seed N] [--jobs N]`; FILE may be a glob, `--tests` a file or a folder, given
 * again for more. Exits 1 below the floor.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { MutantResult } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { SAMPLE_FILE } from './sample.js';

/** Verdicts, the wire and the fence; masking is in `verdict/`. */
const SUBJECTS = ['src/verdict/**/*.ts', 'src/wire/**/*.ts', 'src/endpoints/listener.ts', 'src/endpoints/admission.ts'];
const TESTS = ['test/verdict', 'test/wire', 'test/endpoints/listener.test.ts', 'test/endpoints/admission.test.ts'];
/** Percent; a run without a sample must reach it. */
const FLOOR = 80;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    tests: { type: 'string', multiple: true, default: TESTS },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
  },
});

const scratch = mkdtempSync(join(tmpdir(), 'mutants-'));
process.env[SAMPLE_FILE] = join(scratch, 'sample.json');
process.chdir(ROOT);
try {
  const results = await new Stryker({
    configFile: 'scripts/mutate/stryker.json',
    mutate: positionals.length > 0 ? positionals : SUBJECTS,
    reporters: [...(process.stdout.isTTY ? ['progress'] : []), 'sample'],
    concurrency: Number(values.jobs),
    tempDirName: join(scratch, 'sandbox'),
    ...({
      mutation: { tests: values.tests, sample: Number(values.sample ?? Infinity), seed: Number(values.seed) },
    } as object),
  }).runMutationTest();
  process.exitCode = report(results);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Prints the survivors and the score; returns the exit code. */
function report(results: readonly MutantResult[]): number {
  const tested = results.filter(({ status }) => !['CompileError', 'Ignored', 'Pending'].includes(status));
  const alive = tested.filter(({ status }) => status !== 'Killed' && status !== 'Timeout');
  for (const mutant of alive.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)))) {
    console.log(`${mutant.status === 'NoCoverage' ? 'not reached' : 'survived'}: ${keyOf(mutant)} ${changeOf(mutant)}`);
  }
  const score = tested.length === 0 ? 100 : (100 * (tested.length - alive.length)) / tested.length;
  console.log(
    `${String(tested.length - alive.length)} of ${String(tested.length)} mutants were found: ${score.toFixed(1)} %` +
      (values.sample === undefined ? '' : ` (a sample with seed ${values.seed})`),
  );
  return values.sample === undefined && positionals.length === 0 && score < FLOOR ? 1 : 0;
}

function keyOf({ fileName, location: { start } }: MutantResult): string {
  return `${relative(ROOT, fileName)}:${String(start.line)}:${String(start.column)}`;
}

/** The original's first line and what stood in its place. */
function changeOf({ fileName, location: { start, end }, replacement, mutatorName }: MutantResult): string {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  const last = lines.length - 1;
  const text = lines
    .map((line, index) =>
      line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined).trim(),
    )
    .join(' ');
  return `${mutatorName}: ${brief(text)} -> ${brief(replacement.replace(/\s+/g, ' '))}`;
}

function brief(text: string): string {
  return text.length > 90 ? `${text.slice(0, 90)}…` : text;
}
