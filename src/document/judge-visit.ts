import type { Case } from '../cases/case.js';
import { NO_VARIANT } from '../scenarios/scenario.js';
import type { Judgement } from '../verdict/judgement.js';
import { keepReading, readingSteps, type Reading } from '../verdict/reading.js';
import type { Steps } from '../verdict/steps.js';
import type { Visit } from '../verdict/visit.js';

/** Judges a visit by its scenario; pure, so that old recordings are judged by the same code. */
export const judgeVisit = (one: Pick<Case, 'scenario' | 'variant'>, visit: Visit): Judgement => {
  const { scenario, variant = NO_VARIANT } = one;
  return scenario.judge(visit, variant);
};

/** The same in steps: what was said is read before it is judged. */
export function* judgingSteps(one: Pick<Case, 'scenario' | 'variant'>, visit: Visit): Steps<Judgement> {
  let isLarge = false;
  const read: Reading[] = [];
  for (const connection of visit.connections) {
    const steps = readingSteps(connection);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) {
        read.push(step.value);
        break;
      }
      isLarge = true;
      yield;
    }
  }
  if (isLarge) yield;
  for (const each of read) keepReading(each);
  return judgeVisit(one, visit);
}
