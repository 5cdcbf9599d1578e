import type { Case } from '../cases/case.js';
import { NO_VARIANT } from '../scenarios/scenario.js';
import type { Judgement } from '../verdict/judgement.js';
import type { Visit } from '../verdict/visit.js';

/** Judges a visit by its scenario; pure, so that old recordings are judged by the same code. */
export const judgeVisit = (one: Pick<Case, 'scenario' | 'variant'>, visit: Visit): Judgement => {
  const { scenario, variant = NO_VARIANT } = one;
  return scenario.judge(visit, variant);
};
