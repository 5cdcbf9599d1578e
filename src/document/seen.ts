import { Fault } from '../fault.js';
import { maskingSteps, type Masking } from '../verdict/mask.js';
import { finished, type Steps } from '../verdict/steps.js';
import type { Judgement } from '../verdict/judgement.js';
import type { Visit } from '../verdict/visit.js';
import { printable } from '../wire/printable.js';
import type { Mask } from '../verdict/recording.js';
import { caseKey, type Case } from '../cases/case.js';
import { judgingSteps } from './judge-visit.js';

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
export const seenVisit = (one: Case, happened: Visit, masking: Masking): Seen =>
  finished(seenSteps(one, happened, masking));

/** The same in steps. */
export function* seenSteps(one: Case, happened: Visit, masking: Masking): Steps<Seen> {
  const { visit, masks, sweep } = yield* maskingSteps(happened, masking);
  try {
    const judgement = yield* judgingSteps(one, happened);
    return {
      one,
      visit,
      masks,
      judgement: visit === happened ? judgement : yield* shownJudgement(one, judgement, visit, sweep),
    };
  } catch (error) {
    return { one, visit, masks, judgement: bugJudgement(one, error), bug: error };
  }
}

/**
 * Several connections of one client, each masked already, judged as one visit: masking them anew would take many times as long.
 * `happened` and `masked` are the same visit, before and after. In steps.
 */
export function* seenTogether(
  one: Case,
  happened: Visit,
  masked: Visit,
  masks: readonly Mask[],
  masking: Masking,
): Steps<Seen> {
  try {
    const judgement = yield* judgingSteps(one, happened);
    const shown = shownAlike(judgement, yield* judgingSteps(one, masked));
    if (shown !== undefined) return { one, visit: masked, masks, judgement: shown };
  } catch (error) {
    return { one, visit: masked, masks, judgement: bugJudgement(one, error), bug: error };
  }
  // Where words of both differ, secrets have to be looked for in them.
  return yield* seenSteps(one, happened, masking);
}

/** A judgement in the words that the masked visit gives, where that one says all the same. */
const shownAlike = (judgement: Judgement, masked: Judgement): Judgement | undefined => {
  if (masked.status !== judgement.status) return undefined;
  const evidence = judgement.evidence.map((each) => ({ each, twin: twinOf(each, masked) }));
  if (evidence.some(({ twin }) => twin === undefined)) return undefined;
  return {
    ...judgement,
    because: masked.because,
    evidence: evidence.map(({ each, twin = each }) => ({ ...each, quote: twin.quote, why: twin.why })),
  };
};

type Evidence = Judgement['evidence'][number];

/** What a judgement of the masked visit says of the same thing. */
const twinOf = ({ connection, entry, leak, cause }: Evidence, masked: Judgement): Evidence | undefined =>
  masked.evidence.find(
    (each) => each.connection === connection && each.entry === entry && each.leak === leak && each.cause === cause,
  );

/** A judgement of a visit in the words that the masked visit gives, as far as both say the same. */
function* shownJudgement(
  one: Case,
  judgement: Judgement,
  visit: Visit,
  sweep: (text: string) => string,
): Steps<Judgement> {
  // Mail, which may be quoted, is masked in the middle seat only.
  if (judgement.evidence.length === 0 && visit.seat === 'server')
    return { ...judgement, because: sweep(judgement.because) };
  const masked = yield* judgingSteps(one, visit);
  return {
    ...judgement,
    because: masked.status === judgement.status ? masked.because : sweep(judgement.because),
    evidence: judgement.evidence.map((each) => {
      const twin = twinOf(each, masked);
      // What only the bytes themselves showed is not quoted.
      return { ...each, quote: twin?.quote ?? '…', why: twin?.why ?? sweep(each.why) };
    }),
  };
}

/** The judgement of a case that waxseal itself failed in. */
export const bugJudgement = (one: Case, error: unknown): Judgement => ({
  status: 'inconclusive',
  // A script of the user's own says what is wrong with it.
  because:
    error instanceof Fault && error.code === 'BAD_USAGE'
      ? printable(error.message.slice(0, 300))
      : `a bug in waxseal ended ${caseKey(one)}: ${printable((error instanceof Error ? error.message : String(error)).slice(0, 200))}`,
  leaked: [],
  evidence: [],
});
