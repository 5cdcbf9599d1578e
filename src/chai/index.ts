import type {} from 'chai';
import { resultMessage } from '../report/failure.js';
import type { ClientResult } from '../testing/test-client.js';
import type { ClientStatus } from '../verdict/visit.js';

declare global {
  // Chai's way to be extended by plugins.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Chai {
    interface Assertion {
      /** Every result given is `safe`; those that are not applicable do not count, and one must remain. */
      safe(): Assertion;
      /** Every result given is `unsafe`; those that are not applicable do not count, and one must remain. */
      unsafe(): Assertion;
      /** Every result given is `downgradable`; those that are not applicable do not count, and one must remain. */
      downgradable(): Assertion;
    }
    interface KeyFilter {
      /** Chai's `all` is made for keys; here it says that every result is meant. */
      readonly be: Assertion;
    }
  }
}

/** A chai plugin for results of `testClient`: `chai.use(waxsealChai)`; when an assertion fails, its message is the marked transcript. */
export const waxsealChai: Chai.ChaiPlugin = (chai) => {
  for (const status of ['safe', 'unsafe', 'downgradable'] as const) {
    chai.Assertion.addMethod(status, function (this: Chai.AssertionStatic & object) {
      const given: unknown = this._obj;
      const results = (Array.isArray(given) ? given : [given]).map(asResult);
      const judged = results.filter((result) => result.status !== 'not-applicable');
      const others = judged.filter((result) => result.status !== status);
      const asSaid = judged.length > 0 && others.length === 0;
      this.assert(
        asSaid,
        complaint(judged, others, status),
        `expected not every result to be ${status}, but ${names(judged)} ${judged.length === 1 ? 'is' : 'are'}`,
        status,
        judged.map((result) => result.status).join(', '),
        false,
      );
    });
  }
};

export default waxsealChai;

const complaint = (judged: readonly ClientResult[], others: readonly ClientResult[], status: ClientStatus): string => {
  const [worst] = others.toSorted((a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status));
  if (worst === undefined)
    return `expected a ${status} result, but ${judged.length === 0 ? 'no case was applicable' : 'there is none'}`;
  const more = others.filter((result) => result !== worst).map((result) => `${result.case} is ${result.status}`);
  return [
    `expected ${judged.length === 1 ? 'the result' : `all ${String(judged.length)} results`} to be ${status}, but ${resultMessage(worst)}`,
    ...more.slice(0, MOST),
    ...(more.length > MOST ? [`and ${String(more.length - MOST)} more`] : []),
  ].join('\n');
};

const names = (results: readonly ClientResult[]): string =>
  results
    .map((result) => result.case)
    .slice(0, MOST)
    .join(', ');

const asResult = (given: unknown): ClientResult => {
  if (typeof given === 'object' && given !== null && 'status' in given && 'case' in given && 'because' in given)
    return given as ClientResult;
  throw new TypeError('not results of testClient: was its promise awaited?');
};

const MOST = 20;
const WORST_FIRST: readonly string[] = ['unsafe', 'downgradable', 'inconclusive', 'safe'];
