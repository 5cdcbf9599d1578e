import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ourChecks from '../checks/index.js';
import type { Check } from '../checks/check.js';
import domainChecks from '../domain-checks/index.js';
import { Fault } from '../fault.js';
import { NotObserved, type Probe } from '../probes/probe.js';
import ourScenarios from '../scenarios/index.js';
import type { Scenario } from '../scenarios/scenario.js';
import { guardedScenario, isScenario, told } from '../serving/own-scenario.js';
import { importForeign } from './own-package.js';
import { printable } from '../wire/printable.js';

/** Scenarios and checks from other packages. */
export interface Plugins {
  readonly scenarios: readonly Scenario[];
  readonly checks: readonly Check[];
}

/**
 * Loads modules that export scenarios and checks: one or a list as the default export, or each under a name of its own. What fails in
 * one later costs one result. Throws `BAD_USAGE` with one sentence, whatever is wrong with a module.
 */
export const loadPlugins = async (paths: readonly string[]): Promise<Plugins> => {
  const loaded = await Promise.all(paths.map(definitionsIn));
  const scenarios = loaded.flatMap((each) => each.scenarios);
  const checks = loaded.flatMap((each) => each.checks);
  const taken = new Set([...ourScenarios, ...ourChecks, ...domainChecks].map(({ id }) => id));
  for (const { id } of [...scenarios, ...checks]) {
    if (taken.has(id))
      throw new Fault(
        'BAD_USAGE',
        `the id ${id} of a plug-in is taken already: choose another one, with a prefix of your own`,
      );
    taken.add(id);
  }
  return { scenarios, checks };
};

const definitionsIn = async (path: string): Promise<Plugins> => {
  const who = `the plug-in ${JSON.stringify(path)}`;
  const wrong = (what: string): Fault => new Fault('BAD_USAGE', `${who} ${what}`);
  if (statSync(resolve(path), { throwIfNoEntry: false })?.isFile() !== true) throw wrong('is not a file');
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await importForeign(pathToFileURL(resolve(path)).href);
  } catch (error) {
    const why = printable((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '');
    throw new Fault('BAD_USAGE', `${who} cannot be loaded: ${why.slice(0, 300)}`, { cause: error });
  }
  const { default: main, ...named } = module;
  const exported = main === undefined ? Object.values(named) : Array.isArray(main) ? (main as unknown[]) : [main];
  const definitions = exported.filter((each) => main !== undefined || isScenario(each) || isCheck(each));
  if (definitions.length === 0)
    throw wrong('exports no scenario and no check: export what defineScenario or defineCheck returns');
  const scenarios: Scenario[] = [];
  const checks: Check[] = [];
  for (const each of definitions) {
    if (isScenario(each)) scenarios.push(guardedScenario(complete(each, SCENARIO_FIELDS, wrong), who));
    else if (isCheck(each)) checks.push(guardedCheck(complete(each, CHECK_FIELDS, wrong), who));
    else throw wrong('exports something that is neither a scenario nor a check');
  }
  return { scenarios, checks };
};

const isCheck = (value: unknown): value is Check =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  typeof value.id === 'string' &&
  'judge' in value &&
  typeof value.judge === 'function' &&
  'needs' in value &&
  typeof value.needs === 'object' &&
  value.needs !== null;

const complete = <T extends { readonly id: string }>(
  definition: T,
  fields: readonly string[],
  wrong: (what: string) => Fault,
): T => {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(definition.id))
    throw wrong(
      `has the id ${JSON.stringify(printable(definition.id.slice(0, 80)))}; ids are kebab-case, such as my-scenario`,
    );
  const missing = fields.filter((field) => !(field in definition));
  if (missing.length > 0) throw wrong(`leaves out ${missing.join(', ')} of ${definition.id}`);
  return definition;
};

const guardedCheck = (check: Check, who: string): Check => ({
  ...check,
  needs: Object.fromEntries(Object.entries(check.needs).map(([name, probe]) => [name, guardedProbe(probe, who)])),
  judge: (facts, subject) =>
    told(`${who} failed in the judge of ${check.id}`, () => {
      const finding: unknown = check.judge(facts, subject);
      if (typeof finding !== 'object' || finding === null || !('status' in finding) || !('because' in finding))
        throw new TypeError('it returns no finding; pass, fail and warn make findings');
      return finding as ReturnType<Check['judge']>;
    }),
});

/** A probe runs once however many checks need it: the same one is never wrapped twice, and one of ours never. */
const guardedProbe = (probe: Probe<unknown>, who: string): Probe<unknown> => {
  if (OUR_PROBES.has(probe)) return probe;
  const known = wrapped.get(probe);
  if (known !== undefined) return known;
  const made: Probe<unknown> = {
    ...probe,
    run: async (context) => {
      try {
        return await probe.run(context);
      } catch (error) {
        if (error instanceof Fault || error instanceof NotObserved) throw error;
        const why = error instanceof Error ? error.message : String(error);
        throw new Fault('BAD_USAGE', `${who} failed in the probe ${probe.id}: ${printable(why.slice(0, 300))}`, {
          cause: error,
        });
      }
    },
  };
  wrapped.set(probe, made);
  return made;
};

const wrapped = new WeakMap<Probe<unknown>, Probe<unknown>>();
const OUR_PROBES: ReadonlySet<Probe<unknown>> = new Set(ourChecks.flatMap(({ needs }) => Object.values(needs)));

const SCENARIO_FIELDS = ['family', 'title', 'why', 'references', 'modes', 'tamper', 'judge', 'flaw', 'covers'];
const CHECK_FIELDS = ['title', 'why', 'references', 'severity', 'intrusiveness', 'needs', 'judge', 'remedy', 'covers'];
