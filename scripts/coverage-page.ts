import { extraOf } from '../src/cases/case.js';
import { chainScenario } from '../src/scenarios/chain-scenario.js';
import scenarios from '../src/scenarios/index.js';
import { clientAttacks, type Attack } from './client-attacks.js';

/** Where each attack is covered: ids of scenarios, with the variant where only that one does. */
export const coverage = (): Map<string, string[]> => {
  const found = new Map<string, string[]>();
  const add = (row: string, name: string): void => {
    found.set(row, [...(found.get(row) ?? []), name]);
  };
  for (const scenario of scenarios) {
    const { id, covers, variants = [] } = scenario;
    for (const row of covers) add(row, named(id, extraOf({ scenario })));
    for (const variant of variants)
      for (const row of variant.covers ?? [])
        if (!covers.includes(row)) add(row, named(`${id}/${variant.name}`, extraOf({ scenario, variant })));
  }
  for (const row of chainScenario.covers) add(row, '[certificate chains](../chains.md) (`--all`)');
  return new Map([...found].map(([row, names]) => [row, [...new Set(names)]]));
};

/** The page that maps every known attack on clients to what covers it, or says why nothing does. */
export const coveragePage = (notice: string): string => {
  const groups = clientAttacks();
  const covered = coverage();
  const all = groups.flatMap(({ attacks }) => attacks);
  const count = (is: (attack: Attack) => boolean): string => String(all.filter(is).length);
  return [
    '# Known attacks on clients, and what covers them',
    '',
    notice,
    '',
    'The attacks on clients that standards, papers and CVEs describe. Cases marked `--all` are not in the default set.',
    '',
    `Of ${String(all.length)} attacks, **${count(({ id }) => covered.has(id))}** are covered, **${count(({ reason }) => reason !== undefined)}** are left out (the row says why), **${count(({ id, reason }) => !covered.has(id) && reason === undefined)}** are not covered yet.`,
    '',
    ...groups.flatMap(({ title, attacks }) => [
      `## ${title}`,
      '',
      '| attack | what happens | covered by |',
      '| --- | --- | --- |',
      ...attacks.map(
        ({ id, meaning, reason }) =>
          `| ${id} | ${meaning} | ${covered.get(id)?.join(', ') ?? (reason === undefined ? 'not yet covered' : `not covered: ${reason}`)} |`,
      ),
      '',
    ]),
  ].join('\n');
};

const named = (name: string, extra: ReturnType<typeof extraOf>): string =>
  `[${name}](scenarios.md#${name.replace(/\/.*$/, '')})${extra === undefined ? '' : extra === 'slow' ? ' (`--all`, slow)' : ' (`--all`)'}`;
