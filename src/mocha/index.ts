import { Fault } from '../fault.js';
import { resultMessage } from '../report/failure.js';
import { caseKey } from '../cases/case.js';
import { knownNotes } from '../verdict/known.js';
import {
  clientCases,
  testClient,
  type ClientResult,
  type TestClientOptions,
  type TestedClient,
} from '../testing/test-client.js';

/**
 * Declares a mocha suite with one test per case, the control first. The client is run once, before the tests, so that cases share time;
 * a test fails on `unsafe` and on `inconclusive` with the marked transcript, and is skipped where a case is not applicable.
 * Results that are known, and as they were said to be, pass; one more test fails where an entry of `known` can go.
 */
export const describeClient = (title: string, client: TestedClient, options: TestClientOptions): void => {
  if (typeof globalThis.describe !== 'function' || typeof globalThis.before !== 'function') {
    throw new Fault(
      'BAD_USAGE',
      'mocha’s globals describe and before are missing: run this file with mocha and its usual interface, bdd',
    );
  }
  const keys = clientCases(options).map(caseKey);
  describe(title, () => {
    const results = new Map<string, ClientResult>();
    let notes: readonly string[] = [];

    before('run the client', async function () {
      this.timeout(0); // Every visit has a bound of its own.
      const all = await testClient(client, options);
      for (const result of all) results.set(result.case, result);
      const isPartial = options.scenario !== undefined;
      notes = knownNotes(options.known ?? [], all, { isPartial });
    });

    for (const key of keys) {
      it(key, function () {
        const result = results.get(key);
        if (result === undefined) throw new Fault('HARNESS_BUG', `no result for ${key}`);
        if (result.status === 'not-applicable') this.skip();
        if (isBad(result)) throw new Error(resultMessage(result));
      });
    }

    if ((options.known ?? []).length > 0)
      it('known results are as they are listed', () => {
        if (notes.length > 0) throw new Error(notes.join('\n'));
      });
  });
};

/** Good news about a known result is told once for its entry. */
const isBad = ({ status, known }: ClientResult): boolean =>
  known?.state !== 'expected' && (known?.state === 'stale' || status === 'unsafe' || status === 'inconclusive');
