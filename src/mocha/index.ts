import { Fault } from '../fault.js';
import { describeClientIn } from '../runner/index.js';
import type { TestClientOptions, TestedClient } from '../testing/test-client.js';

/**
 * Declares a mocha suite with one test per case, the control first. The client is run once, before the tests, so that cases share time;
 * a test fails on `unsafe` and on `inconclusive` with the marked transcript, and is skipped where a case is not applicable.
 * Results that are known, and as they were said to be, pass; one more test fails where an entry of `known` can go.
 */
export const describeClient = (title: string, client: TestedClient, options: TestClientOptions): void => {
  if (typeof globalThis.describe !== 'function' || typeof globalThis.before !== 'function') {
    throw new Fault(
      'BAD_USAGE',
      'mocha’s globals describe and before are missing: run this file with mocha and its usual interface, bdd; for other runners there is waxseal/runner',
    );
  }
  const runner = {
    describe,
    it,
    before: (work: () => Promise<void>) => {
      before('run the client', function () {
        this.timeout(0); // Every visit has a bound of its own.
        return work();
      });
    },
  };
  describeClientIn(runner, title, client, options);
};
