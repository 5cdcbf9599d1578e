import picomatch from 'picomatch';
import { Fault } from '../fault.js';
import type { Case } from './case.js';
import { caseId, caseKey } from './case.js';
import type { Scenario } from '../scenarios/scenario.js';

/** Something that globs choose from: all the names by which a user may mean it. */
export type Names = readonly string[];

/** Whether one of the globs means it; an id matches its variants too. No globs choose everything. */
export const isSelected = (globs: readonly string[], names: Names): boolean =>
  globs.length === 0 || globs.some((glob) => matches(glob, names));

/** Whether one of the words is exactly one of its names: no pattern. */
export const isNamed = (words: readonly string[], names: Names): boolean =>
  words.some((word) => names.some((name) => name === word || name.startsWith(`${word}@`)));

/** Refuses globs that match nothing (`BAD_USAGE`), and names what would match. */
export const requireMatches = (globs: readonly string[], all: readonly Names[], kind: string): void => {
  const idle = globs.find((glob) => !all.some((names) => matches(glob, names)));
  if (idle === undefined) return;
  const near = nearest(
    idle,
    all.flatMap((names) => names.slice(0, 1)),
  );
  throw new Fault(
    'BAD_USAGE',
    `--${kind} ${JSON.stringify(idle)} matches no ${kind}; ${near === undefined ? '' : `did you mean ${near}? `}waxseal list ${kind}s shows all`,
  );
};

/** The names by which a case may be chosen. */
export const caseNames = (one: Case): Names => [one.scenario.id, caseId(one), caseKey(one)];

/** The names of a scenario and its variants, without protocol and mode. */
export const scenarioNames = (scenario: Scenario): Names => [
  scenario.id,
  ...(scenario.variants ?? []).map((variant) => caseId({ scenario, variant })),
];

/** The word that is most like the given one; undefined if none is near. */
export const nearest = (word: string, words: readonly string[]): string | undefined => {
  const ranked = [...new Set(words)]
    .map((each) => ({ each, far: distance(word, each) }))
    .toSorted((a, b) => a.far - b.far);
  const best = ranked[0];
  // A word of which no letter is right is near to none.
  return best !== undefined && best.far < word.length && best.far <= Math.max(2, Math.floor(word.length / 3))
    ? best.each
    : undefined;
};

const matches = (glob: string, names: Names): boolean => {
  if (glob === '') return false;
  // A key holds characters that globs give a meaning to: what is spelt out is meant as it is.
  const isMatch = picomatch(glob, { dot: true, nonegate: true, noextglob: true });
  return names.some((name) => name === glob || isMatch(name) || name.startsWith(`${glob}@`));
};

/** Levenshtein's distance, for words of the length of an id. */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= Math.min(from.length, LONGEST_WORD); i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const cost = from[i - 1] === to[j - 1] ? 0 : 1;
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + cost));
    }
    row = next;
  }
  return row[to.length] ?? 0;
};

const LONGEST_WORD = 80;
