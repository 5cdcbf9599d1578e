import { existsSync } from 'node:fs';
import { Fault } from '../fault.js';
import { resultMessage } from '../report/failure.js';
import { caseKey } from '../cases/case.js';
import { withoutAnyCase } from '../cases/known-cases.js';
import scenarios from '../scenarios/index.js';
import { KNOWN_FILE, knownIn } from '../document/known-file.js';
import { knownNotes, knownOf, type Known } from '../verdict/known.js';
import {
  clientCases,
  testPlanned,
  type ClientResult,
  type TestClientOptions,
  type TestedClient,
} from '../testing/test-client.js';

/** What a test runner for JavaScript has: vitest and jest say `beforeAll`, node:test and mocha `before`. */
export interface TestRunner {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly it: (title: string, test: (...context: unknown[]) => void) => unknown;
  readonly before?: (work: () => Promise<void>) => unknown;
  /** `timeout` in milliseconds. */
  readonly beforeAll?: (work: () => Promise<void>, timeout: number) => unknown;
}

/**
 * Declares a suite with one test per case in any runner, the control first. The client is run once, before the tests, so that cases share
 * time; a test fails on `unsafe` and on `inconclusive` with the marked transcript, and is skipped where a case is not applicable (in jest,
 * which knows no test that skips itself, it passes). Results that are known, and as they were said to be, pass; one more test fails where
 * an entry of `known` can go. Without `known`, `waxseal.known.json` of the current directory says what is known. Throws `BAD_USAGE`.
 */
export const describeClientIn = (
  { describe, it, before, beforeAll }: TestRunner,
  title: string,
  client: TestedClient,
  options: TestClientOptions,
): void => {
  const keys = clientCases(options).map(caseKey);
  const first = beforeAll === undefined ? before : (work: () => Promise<void>) => beforeAll(work, UNBOUNDED);
  if (first === undefined)
    throw new Fault('BAD_USAGE', 'the runner needs before or beforeAll, besides describe and it');
  describe(title, () => {
    const results = new Map<string, ClientResult>();
    let notes: readonly string[] = [];
    let known: readonly Known[] = [];

    first(async () => {
      known = options.known ?? (await foundKnown(title));
      // A test cannot be declared any more for a case that comes up only now.
      const all = await testPlanned(client, { ...options, known }, { addsDeciding: false });
      for (const result of all) results.set(result.case, result);
      const isPartial = options.scenario !== undefined;
      notes = knownNotes(known, all, { isPartial });
    });

    for (const key of keys) {
      it(key, function (this: unknown, ...context) {
        const result = results.get(key);
        if (result === undefined) throw new Fault('HARNESS_BUG', `no result for ${key}`);
        if (result.status === 'not-applicable') skip([this, ...context], result.because);
        else if (isBad(result)) throw new Error(resultMessage(result));
      });
    }

    if ((options.known ?? []).length > 0 || existsSync(KNOWN_FILE))
      it('known results are as they are listed', () => {
        if (notes.length > 0) throw new Error(notes.join('\n'));
      });
  });
};

/** What the file of this directory says of the client; its entries about servers are none of its business. */
const foundKnown = async (client: string): Promise<Known[]> => {
  const found = knownOf(await knownIn(process.cwd()), client);
  const foreign = new Set(withoutAnyCase(found, scenarios));
  return found.filter((known) => !foreign.has(known));
};

/** Good news about a known result is told once for its entry. */
const isBad = ({ status, known }: ClientResult): boolean =>
  known?.state !== 'expected' && (known?.state === 'stale' || status === 'unsafe' || status === 'inconclusive');

/** Runners give a test what it can skip itself with as `this`, or as the first argument. */
const skip = (places: readonly unknown[], why: string): void => {
  const skips = places.find(
    (each): each is { skip: (why: string) => void } =>
      (typeof each === 'object' || typeof each === 'function') &&
      each !== null &&
      'skip' in each &&
      typeof each.skip === 'function',
  );
  skips?.skip(why);
};

/** Milliseconds: every run of the client has a bound of its own, and some runners take no bound for a short one. */
const UNBOUNDED = 2 ** 31 - 1;
