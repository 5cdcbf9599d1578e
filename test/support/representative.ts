import type { Case } from '../../src/cases/case.js';

/** How much of the matrices of cases is played: each scenario and variant in one protocol and TLS mode, those outside the default set (`--all`) only in one, or all in all. */
export type Extent = 'sample' | 'representative' | 'whole';

/** Items of the cases that an extent has: where one set-up of a case is enough, it is another one from case to case. */
export const representative = <T>(
  items: readonly T[],
  caseOf: (item: T) => Case,
  extent: Extent = extentOfRun(),
): readonly T[] => {
  if (extent === 'whole') return items;
  const isOnce = (one: Case): boolean => extent === 'sample' || isExtra(one);
  const setUps = new Map<string, Set<string>>();
  const groups = new Map<string, number>();
  for (const item of items) {
    const one = caseOf(item);
    if (!isOnce(one)) continue;
    const group = groupOf(one);
    if (!groups.has(group)) groups.set(group, groups.size);
    setUps.set(group, (setUps.get(group) ?? new Set()).add(setUpOf(one)));
  }
  return items.filter((item) => {
    const one = caseOf(item);
    if (!isOnce(one)) return true;
    const group = groupOf(one);
    const possible = [...(setUps.get(group) ?? [])];
    return setUpOf(one) === possible[((groups.get(group) ?? 0) + turn()) % possible.length];
  });
};

/**
 * Fewer of the items that repeat another one in another way: every tenth in the default suite, every eighth on the engine of `.ci/run`
 * that plays more of the matrix. All others, and all items where single files are run.
 */
export const thinned = <T>(items: readonly T[], isRepetition: (item: T) => boolean): readonly T[] => {
  const each = EACH[extentOfRun()];
  let count = turn();
  return items.filter((item) => !isRepetition(item) || (count += 1) % each === 0);
};
const EACH: Readonly<Record<Extent, number>> = { sample: 10, representative: 8, whole: 1 };

/** In the default suite the first item of each kind, and every tenth of those that follow it; elsewhere all items. */
export const inTurn = <T>(items: readonly T[], kindOf: (item: T) => unknown): readonly T[] => {
  const kinds = new Map<unknown, () => boolean>();
  return items.filter((item) => {
    const kind = kindOf(item);
    const isNext = kinds.get(kind) ?? turnsOf();
    kinds.set(kind, isNext);
    return isNext();
  });
};

/** For items of one kind, one after the other: whether each is played. See `inTurn`. */
export const turnsOf = (): (() => boolean) => {
  if (isThorough()) return () => true;
  let count = -1;
  return () => {
    count += 1;
    return count === 0 || (count + turn()) % EACH.sample === 0;
  };
};

/** For single items that are dear: each is played in one turn of ten in the default suite, which its name decides; elsewhere always. */
export const isTurnOf = (name: string): boolean => {
  if (isThorough()) return true;
  const number = Array.from(name).reduce((sum, letter) => (31 * sum + (letter.codePointAt(0) ?? 0)) % 1_000_003, 0);
  return (number + turn()) % EACH.sample === 0;
};

/** A sample in the default suite, a representative part on the engines of `.ci/run`, all where single files are run. */
const extentOfRun = (): Extent => EXTENTS.find((extent) => extent === process.env['WAXSEAL_TEST_MATRIX']) ?? 'whole';
const EXTENTS: readonly Extent[] = ['sample', 'representative', 'whole'];

/** Nothing may be left out for being slow: where single files are run, and on the engine of `.ci/run` that has the real programs. */
export const isThorough = (): boolean => extentOfRun() === 'whole' || process.env['WAXSEAL_REQUIRE_REAL'] === '1';

/** The larger part for a matrix whose rows are dear: never the whole of it. */
export const atMostRepresentative = (): Extent => (extentOfRun() === 'sample' ? 'sample' : 'representative');

/** Runs with another number choose other set-ups. */
const turn = (): number => Number(process.env['WAXSEAL_TEST_TURN'] ?? 0);

/** Outside the default set. */
export const isExtra = ({ variant, scenario }: Case): boolean => (variant?.extra ?? scenario.extra) !== undefined;
const groupOf = ({ scenario, variant }: Case): string => `${scenario.id}/${variant?.name ?? ''}`;
const setUpOf = ({ protocol, tls }: Case): string => `${protocol} ${tls}`;
