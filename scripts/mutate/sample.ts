import { readFileSync, writeFileSync } from 'node:fs';
import { CheckStatus, type Checker, type CheckResult } from '@stryker-mutator/api/check';
import type { Mutant, StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import type { MutationTestingPlanReadyEvent, Reporter } from '@stryker-mutator/api/report';

/** Environment variable with the path of the file in which the reporter leaves the chosen ids for the checker. */
export const SAMPLE_FILE = 'WAXSEAL_MUTANTS';

/** Our own part of the options. */
export interface MutationOptions {
  readonly tests: readonly string[];
  readonly sample: number;
  readonly seed: number;
}

export const mutationOptions = (options: StrykerOptions): MutationOptions => options['mutation'] as MutationOptions;

/** Chooses the sample once all mutants are known. */
class SampleReporter implements Reporter {
  static readonly inject = tokens(commonTokens.options);
  readonly #options: MutationOptions;

  constructor(options: StrykerOptions) {
    this.#options = mutationOptions(options);
  }

  onMutationTestingPlanReady({ mutantPlans }: MutationTestingPlanReadyEvent): void {
    const random = randomOf(this.#options.seed);
    const chosen = mutantPlans
      .map(({ mutant }) => ({ id: mutant.id, by: random() }))
      .toSorted((a, b) => a.by - b.by)
      .slice(0, this.#options.sample)
      .map(({ id }) => id);
    writeFileSync(process.env[SAMPLE_FILE] ?? '', JSON.stringify(chosen));
  }
}

/** Lets only the sample through: what fails a check counts neither as found nor as missed. */
class SampleChecker implements Checker {
  readonly init = (): Promise<void> => Promise.resolve();
  readonly group = (mutants: Mutant[]): Promise<string[][]> => Promise.resolve([mutants.map(({ id }) => id)]);

  check(mutants: Mutant[]): Promise<Record<string, CheckResult>> {
    const chosen = new Set(JSON.parse(readFileSync(process.env[SAMPLE_FILE] ?? '', 'utf8')) as string[]);
    return Promise.resolve(
      Object.fromEntries(
        mutants.map(({ id }): [string, CheckResult] => [
          id,
          chosen.has(id)
            ? { status: CheckStatus.Passed }
            : { status: CheckStatus.CompileError, reason: 'not in the sample' },
        ]),
      ),
    );
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
const randomOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const strykerPlugins = [
  declareClassPlugin(PluginKind.Reporter, 'sample', SampleReporter),
  declareClassPlugin(PluginKind.Checker, 'sample', SampleChecker),
];
