import type { Case } from '../../src/cases/case.js';

/**
 * Of the cases that are outside the default set (`--all`), those of one protocol and mode each, another one from scenario to scenario;
 * everything where the whole matrix is asked for, and where single files are run.
 */
export const representative = <T>(
  items: readonly T[],
  caseOf: (item: T) => Case,
  isWanted = isRepresentative(),
): readonly T[] => {
  if (!isWanted) return items;
  const setUps = new Map<string, Set<string>>();
  const groups = new Map<string, number>();
  for (const item of items) {
    const one = caseOf(item);
    if (!isExtra(one)) continue;
    const group = groupOf(one);
    if (!groups.has(group)) groups.set(group, groups.size);
    setUps.set(group, (setUps.get(group) ?? new Set()).add(setUpOf(one)));
  }
  return items.filter((item) => {
    const one = caseOf(item);
    if (!isExtra(one)) return true;
    const group = groupOf(one);
    const possible = [...(setUps.get(group) ?? [])];
    return setUpOf(one) === possible[((groups.get(group) ?? 0) + turn()) % possible.length];
  });
};

/** Whether a part of the matrices is enough: in the default suite, and on the engines of `.ci/run`. */
export const isRepresentative = (): boolean => process.env['WAXSEAL_TEST_MATRIX'] === 'representative';

/** Nothing may be left out for being slow: on the engine of `.ci/run` that has the real programs. */
export const isThorough = (): boolean => !isRepresentative() || process.env['WAXSEAL_REQUIRE_REAL'] === '1';

/** Runs with another number choose other set-ups. */
const turn = (): number => Number(process.env['WAXSEAL_TEST_TURN'] ?? 0);

const isExtra = ({ variant, scenario }: Case): boolean => (variant?.extra ?? scenario.extra) !== undefined;
const groupOf = ({ scenario, variant }: Case): string => `${scenario.id}/${variant?.name ?? ''}`;
const setUpOf = ({ protocol, tls }: Case): string => `${protocol} ${tls}`;
