import Mocha from 'mocha';
import { writeFileSync } from 'node:fs';

/** What one run of the tests came to. */
export type Counts = { passed: number; failed: number; skipped: number; skippedTitles: string[] };

/** Mocha's `spec` output, and the counts as JSON in the file that the reporter option `output` names. */
export default class CiReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const counts: Counts = { passed: 0, failed: 0, skipped: 0, skippedTitles: [] };
    const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_RUN_END } = Mocha.Runner.constants;
    runner.on(EVENT_TEST_PASS, () => {
      counts.passed += 1;
    });
    // A hook that fails comes here too.
    runner.on(EVENT_TEST_FAIL, () => {
      counts.failed += 1;
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      counts.skipped += 1;
      counts.skippedTitles.push(test.fullTitle());
    });
    runner.once(EVENT_RUN_END, () => writeFileSync(outputOf(options), `${JSON.stringify(counts)}\n`));
  }
}

const outputOf = (options: Mocha.MochaOptions): string => {
  const given: unknown = (options.reporterOptions as Record<string, unknown> | undefined)?.['output'];
  if (typeof given !== 'string') throw new TypeError('the reporter wants --reporter-option output=FILE');
  return given;
};
