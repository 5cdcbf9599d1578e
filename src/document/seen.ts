import { maskVisit, type Masking } from '../verdict/mask.js';
import type { Judgement } from '../verdict/judgement.js';
import type { Visit } from '../verdict/visit.js';
import { printable } from '../wire/printable.js';
import type { Mask } from '../verdict/recording.js';
import { caseKey, type Case } from '../cases/case.js';
import { judgeVisit } from './judge.js';

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

/** Masks a visit and judges it; quotes of evidence are masked with it. A judge that throws costs this one result. */
export const seenVisit = (one: Case, happened: Visit, masking: Masking): Seen => {
  const { visit, masks } = maskVisit(happened, masking);
  try {
    return { one, visit, masks, judgement: judgeVisit(one, visit) };
  } catch (error) {
    return { one, visit, masks, judgement: bugJudgement(one, error), bug: error };
  }
};

/** The judgement of a case that waxseal itself failed in. */
export const bugJudgement = (one: Case, error: unknown): Judgement => ({
  status: 'inconclusive',
  because: `a bug in waxseal ended ${caseKey(one)}: ${printable((error instanceof Error ? error.message : String(error)).slice(0, 200))}`,
  leaked: [],
  evidence: [],
});
