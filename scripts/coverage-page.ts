import picomatch from 'picomatch';
import { extraOf } from '../src/cases/case.js';
import checks from '../src/checks/index.js';
import domainChecks from '../src/domain-checks/index.js';
import profiles from '../src/profiles/index.js';
import { chainScenario } from '../src/scenarios/chain-scenario.js';
import scenarios from '../src/scenarios/index.js';
import type { Extra, Scenario } from '../src/scenarios/scenario.js';
import { clientAttacks, serverDefects, type KnownGroup, type KnownRow } from './known-rows.js';

/** Rows, and the names of what covers each. */
type Coverage = ReadonlyMap<string, readonly string[]>;

/** Where each attack on clients is covered: ids of scenarios, with the variant where only that one does. */
export const coverageOfAttacks = (): Coverage => {
  const found = new Covered();
  for (const scenario of scenarios) {
    const { id, covers, variants = [] } = scenario;
    for (const row of covers) found.add(row, named(id, extraOfAll(scenario)));
    for (const variant of variants)
      for (const row of variant.covers ?? [])
        if (!covers.includes(row)) found.add(row, named(`${id}/${variant.name}`, extraOf({ scenario, variant })));
  }
  for (const row of chainScenario.covers) found.add(row, '[certificate chains](../chains.md) (`--all`)');
  for (const { id, like } of clientAttacks().flatMap(({ rows }) => rows))
    if (like !== undefined) for (const name of namesOfLike(like)) found.add(id, name);
  return found.rows;
};

/** Why all of a scenario is outside the default set; undefined where some of it is in it. */
const extraOfAll = (scenario: Scenario): Extra | undefined => {
  const extras = (scenario.variants ?? [undefined]).map((variant) =>
    extraOf({ scenario, ...(variant && { variant }) }),
  );
  return extras.includes(undefined) ? undefined : extras.includes('more') ? 'more' : 'slow';
};

/** Scenarios that cover such rows between a client and a real server; where none does, those that do it with a server of our own. */
const namesOfLike = (like: readonly string[]): string[] => {
  const doing = scenarios.filter(({ covers, variants = [] }) =>
    [...covers, ...variants.flatMap((variant) => variant.covers ?? [])].some((row) =>
      picomatch.isMatch(row, [...like]),
    ),
  );
  const between = doing.filter(({ seats }) => seats === undefined || seats.includes('middle'));
  return between.length > 0
    ? between.map((scenario) => named(scenario.id, extraOfAll(scenario)))
    : doing.map((scenario) => `${named(scenario.id, extraOfAll(scenario))} (with a server of waxseal’s)`);
};

/** Where each defect of servers is covered: ids of checks of servers and of domains, and of profiles. */
export const coverageOfDefects = (): Coverage => {
  const found = new Covered();
  for (const { id, covers, depth } of checks)
    for (const row of covers) found.add(row, `[${id}](checks.md#${id})${depth === 'full' ? ' (`--depth full`)' : ''}`);
  for (const { id, covers } of domainChecks)
    for (const row of covers) found.add(row, `[${id}](checks.md#${id}) (\`--domain\`)`);
  for (const { id, covers = [] } of profiles)
    for (const row of covers) found.add(row, `[${id}](profiles.md#${id}) (\`--profile\`)`);
  return found.rows;
};

class Covered {
  readonly rows = new Map<string, string[]>();

  add(row: string, name: string): void {
    this.rows.set(row, [...new Set([...(this.rows.get(row) ?? []), name])]);
  }
}

/** The page that maps every known attack on clients to what covers it, or says why nothing does. */
export const attacksPage = (notice: string): string =>
  page(
    {
      title: 'Known attacks on clients, and what covers them',
      notice,
      intro:
        'The attacks on clients that standards, papers and CVEs describe. Cases marked `--all` are not in the default set.',
      noun: 'attack',
      column: 'what happens',
    },
    clientAttacks(),
    coverageOfAttacks(),
  );

/** The page that maps every known defect of servers to the checks that cover it, or says why none does. */
export const defectsPage = (notice: string): string =>
  page(
    {
      title: 'Known defects of servers, and what covers them',
      notice,
      intro:
        'What standards, papers, CVEs and other scanners ask of a mail server. Checks are run by `waxseal audit`; those marked `--depth full` not by default, those marked `--domain` only for a domain.',
      noun: 'defect',
      column: 'what is asked, or looked at',
    },
    serverDefects(),
    coverageOfDefects(),
  );

const page = (
  words: {
    readonly title: string;
    readonly notice: string;
    readonly intro: string;
    readonly noun: string;
    readonly column: string;
  },
  groups: readonly KnownGroup[],
  covered: Coverage,
): string => {
  const all = groups.flatMap(({ rows }) => rows);
  const count = (is: (row: KnownRow) => boolean): string => String(all.filter(is).length);
  const isOpen = ({ id, reason }: KnownRow): boolean =>
    !covered.has(id) && (reason === undefined || reason === NOT_BUILT);
  return [
    `# ${words.title}`,
    '',
    words.notice,
    '',
    words.intro,
    '',
    `Of ${String(all.length)} ${words.noun}s, **${count(({ id }) => covered.has(id))}** are covered, **${count((row) => !covered.has(row.id) && !isOpen(row))}** are left out (the row says why), **${count(isOpen)}** are not covered yet.`,
    '',
    ...groups.flatMap(({ title, rows }) => [
      `## ${title}`,
      '',
      `| ${words.noun} | ${words.column} | covered by |`,
      '| --- | --- | --- |',
      ...rows.map(
        ({ id, meaning, reason, severity }) =>
          `| ${id} | ${meaning} | ${covered.get(id)?.join(', ') ?? (reason === undefined ? 'not yet covered' : `not covered: ${reason}`)}${severity === undefined ? '' : `; ${severity}`} |`,
      ),
      '',
    ]),
  ].join('\n');
};

const named = (name: string, extra: ReturnType<typeof extraOf>): string =>
  `[${name}](scenarios.md#${name.replace(/\/.*$/, '')})${extra === undefined ? '' : extra === 'slow' ? ' (`--all`, slow)' : ' (`--all`)'}`;

const NOT_BUILT = 'not built yet';
