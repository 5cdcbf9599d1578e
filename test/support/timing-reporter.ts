import { relative } from 'node:path';
import Mocha from 'mocha';

/** Mocha's `dot` output, then the files whose tests took longest, with milliseconds: `npm test -- --reporter ./test/support/timing-reporter.ts`. */
export default class TimingReporter extends Mocha.reporters.Dot {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const files = new Map<string, number>();
    const add = ({ file, duration }: Mocha.Runnable): void => {
      const name = relative(process.cwd(), file ?? '');
      files.set(name, (files.get(name) ?? 0) + (duration ?? 0));
    };
    const { EVENT_TEST_END, EVENT_HOOK_END, EVENT_RUN_END } = Mocha.Runner.constants;
    runner.on(EVENT_TEST_END, add);
    runner.on(EVENT_HOOK_END, add);
    runner.once(EVENT_RUN_END, () => {
      const slowest = [...files].toSorted(([, a], [, b]) => b - a).slice(0, MOST);
      process.stdout.write(
        `\n${slowest.map(([name, time]) => `${String(Math.round(time)).padStart(8)} ms  ${name}`).join('\n')}\n`,
      );
    });
  }
}

const MOST = 40;
