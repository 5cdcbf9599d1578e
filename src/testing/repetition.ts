import type { Judgement } from '../verdict/judgement.js';

/** One judgement out of several visits of the same case: a verdict that flips is none (`inconclusive: 17 of 20 safe`). */
export const repeatedJudgement = (
  judgements: readonly [Judgement, ...Judgement[]],
): { judgement: Judgement; index: number } => {
  const [first] = judgements;
  if (judgements.every((each) => each.status === first.status)) return { judgement: first, index: 0 };
  const counts = new Map<string, number>();
  for (const { status } of judgements) counts.set(status, (counts.get(status) ?? 0) + 1);
  const [[most, count] = [first.status, 1]] = [...counts].toSorted(
    ([a, left], [b, right]) => right - left || ORDER.indexOf(a) - ORDER.indexOf(b),
  );
  // The visit to show is the worst one: it is what has to be explained.
  const index = judgements.reduce(
    (worst, each, at) => (ORDER.indexOf(each.status) < ORDER.indexOf(judgements[worst]?.status ?? 'safe') ? at : worst),
    0,
  );
  const worst = judgements[index] ?? first;
  return {
    index,
    judgement: {
      status: 'inconclusive',
      because: `${String(count)} of ${String(judgements.length)} ${most}; visit ${String(index + 1)} of them was ${worst.status}: ${worst.because}`,
      leaked: worst.leaked,
      ...(worst.severity !== undefined && { severity: worst.severity }),
      evidence: worst.evidence,
    },
  };
};

/** The worst first. */
const ORDER: readonly string[] = ['unsafe', 'downgradable', 'inconclusive', 'safe', 'not-applicable'];
