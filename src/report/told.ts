import type { Result } from '../document/report-model.js';

/** What a client told its user, in words; undefined where its report says nothing. */
export const toldWords = ({ told }: Result): string | undefined => {
  if (told === undefined || told.reported === 'unknown') return undefined;
  return `reported ${told.reported}${told.although === undefined ? '' : `, although ${told.although}`}`;
};

/** Untrue reports of cases that are no finding otherwise: one sentence for all cases with the same report. */
export const untrueReports = (results: readonly Result[]): string[] => {
  const cases = new Map<string, string[]>();
  for (const result of results) {
    const words = result.told?.although === undefined ? undefined : toldWords(result);
    if (words === undefined) continue;
    const name = result.variant === undefined ? result.id : `${result.id}/${result.variant}`;
    cases.set(words, [...(cases.get(words) ?? []), name]);
  }
  return [...cases].map(([words, names]) => `it ${words}: ${namesText(names)}`);
};

const namesText = (names: readonly string[]): string => {
  const all = [...new Set(names)];
  const rest = all.length - MOST_NAMES;
  return `${all.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
};

const MOST_NAMES = 6;
