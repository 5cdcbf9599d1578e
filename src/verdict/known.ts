import picomatch from 'picomatch';
import type { Static } from 'typebox';
import type { KnownModel } from './known-list.js';

/** A result that is accepted for a reason, perhaps for a time. */
export type Known = Static<typeof KnownModel>;

/** What a known result says of an actual one. */
export interface KnownState {
  readonly reason: string;
  /** `stale`: acceptance expired. `unexpectedly-good`: what was accepted no longer happens. */
  readonly state: 'expected' | 'stale' | 'unexpectedly-good';
  /** Who answers for it. */
  readonly owner?: string;
  /** The last day of acceptance. */
  readonly until?: string;
}

/** What the known results are held against. */
export interface Judged {
  /** Key of the case. */
  readonly case: string;
  readonly status: string;
}

/**
 * What the list says of each result, in their order; undefined where it says nothing, or something milder than what happened.
 * A glob that still matches what it was written for says nothing about the other results that it matches. `today` is `2026-01-31`.
 */
export const knownStates = (
  list: readonly Known[],
  results: readonly Judged[],
  today: string,
  /** Keys of cases that another shard runs: an entry that matches one of them may still be needed. */
  elsewhere: readonly string[] = [],
): (KnownState | undefined)[] => {
  const obsolete = new Set(
    list.filter((known) => isObsolete(known, results) && !elsewhere.some((key) => covers(known.case, key))),
  );
  return results.map((result) => {
    const matching = list.filter((known) => covers(known.case, result.case));
    const same = sameState(matching, result, today);
    if (same !== undefined) return same;
    const better = matching.find((known) => obsolete.has(known) && isBetter(result.status, known.status));
    return better === undefined ? undefined : { reason: better.reason, state: 'unexpectedly-good', ...termsOf(better) };
  });
};

/** What the list says of one result whatever becomes of the others; `open` where those decide. */
export const settledState = (
  list: readonly Known[],
  result: Judged,
  today: string,
): KnownState | 'open' | undefined => {
  const matching = list.filter((known) => covers(known.case, result.case));
  return sameState(matching, result, today) ?? (matching.length === 0 ? undefined : 'open');
};

const sameState = (matching: readonly Known[], { status }: Judged, today: string): KnownState | undefined => {
  const same = matching.find((known) => known.status === status);
  if (same === undefined) return undefined;
  const state = same.until !== undefined && same.until < today ? 'stale' : 'expected';
  return { reason: same.reason, state, ...termsOf(same) };
};

const termsOf = ({ owner, until }: Known): Pick<KnownState, 'owner' | 'until'> => ({
  ...(owner !== undefined && { owner }),
  ...(until !== undefined && { until }),
});

/** One sentence for each entry that should go: it matched nothing, and no case that was `leftOut`, or nothing that it matches is bad any more. */
export const knownNotes = (
  list: readonly Known[],
  results: readonly Judged[],
  {
    isPartial,
    leftOut = [],
    elsewhere = [],
  }: { readonly isPartial: boolean; readonly leftOut?: readonly string[]; readonly elsewhere?: readonly string[] },
): string[] =>
  list.flatMap((known) => {
    const name = JSON.stringify(known.case);
    const matched = results.filter((result) => covers(known.case, result.case));
    if (matched.length === 0)
      return isPartial || leftOut.some((key) => covers(known.case, key))
        ? []
        : [`known result ${name} matched no result: correct its "case", or remove the entry`];
    if (!isObsolete(known, results) || elsewhere.some((key) => covers(known.case, key))) return [];
    const now = [...new Set(matched.map(({ status }) => status))].filter((status) => isBetter(status, known.status));
    return [`known result ${name} is listed as ${known.status} but is now ${now.join(' or ')}: remove the entry`];
  });

/** Something that the entry matches is better than listed, and nothing is as bad, worse or unobserved. */
export const isObsolete = (known: Known, results: readonly Judged[]): boolean => {
  const statuses = results.filter((result) => covers(known.case, result.case)).map(({ status }) => status);
  return (
    statuses.some((status) => isBetter(status, known.status)) &&
    statuses.every((status) => isBetter(status, known.status) || status === 'not-applicable')
  );
};

const isBetter = (status: string, listed: string): boolean =>
  GOOD.has(status) && BADNESS.indexOf(status) < BADNESS.indexOf(listed);

/** The id of a scenario or check in the key of a case, or in a glob over keys. */
export const caseIdOf = (key: string): string => key.replace(/[@/].*$/s, '');

/** The entries that are about a client of this name; without a name those that are about every client. */
export const knownOf = (list: readonly Known[], client: string | undefined): Known[] =>
  list.filter(
    (known) =>
      known.client === undefined ||
      (client !== undefined && (known.client === client || picomatch.isMatch(client, known.client, LITERAL))),
  );

/** As `--scenario` chooses: the whole key, the case without protocol and mode, or the id alone, which means its variants too. */
export const covers = (glob: string, key: string): boolean => {
  const isMatch = picomatch(glob, LITERAL);
  const [name = key] = key.split('@');
  const id = caseIdOf(key);
  return [key, name, id].some((each) => each === glob || isMatch(each));
};

const LITERAL = { dot: true, nonegate: true, noextglob: true };

/** From good to bad. */
const BADNESS = ['safe', 'pass', 'info', 'warn', 'downgradable', 'fail', 'unsafe'];
const GOOD: ReadonlySet<string> = new Set(['safe', 'pass', 'downgradable', 'warn', 'info']);
