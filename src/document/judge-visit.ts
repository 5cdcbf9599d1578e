import type { Case } from '../cases/case.js';
import { NO_VARIANT } from '../scenarios/scenario.js';
import type { Judgement } from '../verdict/judgement.js';
import { readingsSteps } from '../verdict/evidence.js';
import type { Steps } from '../verdict/steps.js';
import type { Visit } from '../verdict/visit.js';

/** Judges a visit by its scenario; pure, so that old recordings are judged by the same code. */
export const judgeVisit = (one: Pick<Case, 'scenario' | 'variant'>, visit: Visit): Judgement => {
  const { scenario, variant = NO_VARIANT } = one;
  return scenario.judge(visit, variant);
};

/** The same in steps: what was said is read before it is judged. */
export function* judgingSteps(one: Pick<Case, 'scenario' | 'variant'>, visit: Visit): Steps<Judgement> {
  yield* readingsSteps(visit);
  return judgeVisit(one, visit);
}
