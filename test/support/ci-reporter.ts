import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha from 'mocha';

/** What one run of the tests came to; `files` are milliseconds a file, of what its tests and hooks took. */
export type Counts = {
  passed: number;
  failed: number;
  skipped: number;
  skippedTitles: string[];
  failures: { file: string; title: string; reason: string }[];
  files: Record<string, number>;
};

/** Mocha's `spec` output, and the counts as JSON in the file that the reporter option `output` names. */
export default class CiReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const counts: Counts = { passed: 0, failed: 0, skipped: 0, skippedTitles: [], failures: [], files: {} };
    const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_TEST_END, EVENT_HOOK_END, EVENT_RUN_END } =
      Mocha.Runner.constants;
    runner.on(EVENT_TEST_PASS, () => {
      counts.passed += 1;
    });
    // A hook that fails comes here too.
    runner.on(EVENT_TEST_FAIL, (test, error: unknown) => {
      counts.failed += 1;
      counts.failures.push({ file: fileOf(test), title: test.fullTitle(), reason: reasonOf(error) });
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      counts.skipped += 1;
      counts.skippedTitles.push(test.fullTitle());
    });
    const add = (runnable: Mocha.Runnable): void => {
      const file = fileOf(runnable);
      counts.files[file] = (counts.files[file] ?? 0) + (runnable.duration ?? 0);
    };
    runner.on(EVENT_TEST_END, add);
    runner.on(EVENT_HOOK_END, add);
    runner.once(EVENT_RUN_END, () => writeFileSync(outputOf(options), `${JSON.stringify(counts)}\n`));
  }
}

const fileOf = ({ file }: Mocha.Runnable): string => relative(process.cwd(), file ?? '');

/** The longest reason that is kept, in characters. */
const LONGEST_REASON = 1200;

const reasonOf = (error: unknown): string =>
  (error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
    ? String(error.message)
    : String(error)
  ).slice(0, LONGEST_REASON);

const outputOf = (options: Mocha.MochaOptions): string => {
  const given: unknown = (options.reporterOptions as Record<string, unknown> | undefined)?.['output'];
  if (typeof given !== 'string') throw new TypeError('the reporter wants --reporter-option output=FILE');
  return given;
};
