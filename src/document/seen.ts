import { maskVisit, type Masking } from '../verdict/mask.js';
import type { Judgement } from '../verdict/judgement.js';
import type { Visit } from '../verdict/visit.js';
import { printable } from '../wire/printable.js';
import type { Mask } from '../verdict/recording.js';
import { caseKey, type Case } from '../cases/case.js';
import { judgeVisit } from './judge-visit.js';

/** A visit that was judged, as it may be stored. */
export interface Seen {
  readonly one: Case;
  /** Secrets are masked. */
  readonly visit: Visit;
  readonly masks: readonly Mask[];
  readonly judgement: Judgement;
  /** What a judge of ours threw; the judgement names the case. */
  readonly bug?: unknown;
}

/**
 * Judges a visit as it happened, and masks it: masking changes no verdict. Quotes and reasons are those of the masked visit.
 * A judge that throws costs this one result.
 */
export const seenVisit = (one: Case, happened: Visit, masking: Masking): Seen => {
  const { visit, masks, sweep } = maskVisit(happened, masking);
  try {
    const judgement = judgeVisit(one, happened);
    return {
      one,
      visit,
      masks,
      judgement: visit === happened ? judgement : shownJudgement(one, judgement, visit, sweep),
    };
  } catch (error) {
    return { one, visit, masks, judgement: bugJudgement(one, error), bug: error };
  }
};

/** A judgement of a visit in the words that the masked visit gives, as far as both say the same. */
const shownJudgement = (one: Case, judgement: Judgement, visit: Visit, sweep: (text: string) => string): Judgement => {
  // Mail, which may be quoted, is masked in the middle seat only.
  if (judgement.evidence.length === 0 && visit.seat === 'server')
    return { ...judgement, because: sweep(judgement.because) };
  const masked = judgeVisit(one, visit);
  return {
    ...judgement,
    because: masked.status === judgement.status ? masked.because : sweep(judgement.because),
    evidence: judgement.evidence.map((each) => {
      const twin = masked.evidence.find(
        ({ connection, entry, leak, cause }) =>
          connection === each.connection && entry === each.entry && leak === each.leak && cause === each.cause,
      );
      // What only the bytes themselves showed is not quoted.
      return { ...each, quote: twin?.quote ?? '…', why: twin?.why ?? sweep(each.why) };
    }),
  };
};

/** The judgement of a case that waxseal itself failed in. */
export const bugJudgement = (one: Case, error: unknown): Judgement => ({
  status: 'inconclusive',
  because: `a bug in waxseal ended ${caseKey(one)}: ${printable((error instanceof Error ? error.message : String(error)).slice(0, 200))}`,
  leaked: [],
  evidence: [],
});
