import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext, type StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
  type DryRunOptions,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
} from '@stryker-mutator/api/test-runner';
import Mocha from 'mocha';
import { mutationOptions } from './sample.js';

/**
 * Runs the tests in this process, again and again, with mocha's public interface: Stryker's own runner wants mocha below 12.
 * Modules are loaded once; a mutant that acts while they load gets a process of its own.
 */
class MochaRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);
  readonly #files: readonly string[];
  readonly #context: InstrumenterContext;
  #mocha = new Mocha();

  constructor(options: StrykerOptions) {
    this.#files = mutationOptions(options).tests.flatMap(testFiles);
    const global = globalThis as unknown as Record<string, InstrumenterContext | undefined>;
    this.#context = global[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
  }

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: false };
  }

  async dryRun({ disableBail }: DryRunOptions): Promise<DryRunResult> {
    await this.#load();
    const result = await this.#run({ bail: !disableBail });
    return result.status === DryRunStatus.Complete && this.#context.mutantCoverage !== undefined
      ? { ...result, mutantCoverage: this.#context.mutantCoverage }
      : result;
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, hitLimit, mutantActivation, testFilter, disableBail } = options;
    if (hitLimit === undefined) delete this.#context.hitLimit;
    else this.#context.hitLimit = hitLimit;
    this.#context.hitCount = 0;
    if (mutantActivation === 'static') this.#context.activeMutant = activeMutant.id;
    await this.#load();
    this.#context.activeMutant = activeMutant.id;
    const result = await this.#run({ bail: !disableBail, ...(testFilter && { only: testFilter }) });
    return toMutantRunResult(determineHitLimitReached(this.#context.hitCount, hitLimit) ?? result);
  }

  async #load(): Promise<void> {
    if (this.#mocha.files.length > 0) return;
    this.#mocha = new Mocha({ timeout: 60_000, reporter: Silent });
    for (const file of this.#files) this.#mocha.addFile(file);
    this.#mocha.cleanReferencesAfterRun(false);
    await this.#mocha.loadFilesAsync();
  }

  #run({ bail, only }: { readonly bail: boolean; readonly only?: readonly string[] }): Promise<DryRunResult> {
    this.#mocha.bail(bail);
    this.#mocha.grep(only === undefined ? /^/ : new RegExp(`^(?:${only.map(escaped).join('|')})$`));
    const tests: TestResult[] = [];
    return new Promise((resolve) => {
      try {
        const runner = this.#mocha.run(() => {
          delete this.#context.currentTestId;
          resolve({ status: DryRunStatus.Complete, tests });
        });
        runner.on(Mocha.Runner.constants.EVENT_TEST_BEGIN, (test) => {
          this.#context.currentTestId = test.fullTitle();
        });
        runner.on(Mocha.Runner.constants.EVENT_TEST_PASS, (test) => {
          tests.push({ ...basis(test), status: TestStatus.Success });
        });
        // A hook that fails comes here too.
        runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test, error: unknown) => {
          tests.push({ ...basis(test), status: TestStatus.Failed, failureMessage: String(error) });
        });
      } catch (error) {
        resolve({ status: DryRunStatus.Error, errorMessage: String(error) });
      }
    });
  }
}

/** Results are for Stryker. */
class Silent extends Mocha.reporters.Base {
  override epilogue(): void {}
}

const basis = (test: Mocha.Test | Mocha.Hook): { id: string; name: string; timeSpentMs: number } => ({
  id: test.fullTitle(),
  name: test.fullTitle(),
  timeSpentMs: test.duration ?? 0,
});

const testFiles = (place: string): string[] =>
  place.endsWith('.test.ts')
    ? [resolve(place)]
    : readdirSync(place, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.test.ts') && !file.endsWith('.real.test.ts') && !file.endsWith(FLOODS))
        .sort()
        .map((file) => resolve(join(place, file)));

/** Megabytes are slow in code that counts its every expression. */
const FLOODS = 'flood.test.ts';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha-in-process', MochaRunner)];
