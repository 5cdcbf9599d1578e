import { Fault } from '../fault.js';
import scenarios from '../scenarios/index.js';
import type { Scenario, Variant } from '../scenarios/scenario.js';
import type { Canaries } from '../verdict/canaries.js';
import type { Judge, Judgement } from '../verdict/judgement.js';
import type { Visit } from '../verdict/visit.js';
import { parseRecording, type Recording } from '../wire/recording.js';
import { caseKey, type Case } from '../cases/case.js';
import { visitOf } from './recording.js';

/** The case that a visit was made for; throws `CORRUPT_RECORDING` where this version has no such scenario. */
export const caseOf = (visit: Visit, registry: readonly Scenario[] = scenarios): Case => {
  const scenario = registry.find((each) => each.id === visit.scenario);
  const variant = scenario?.variants?.find(
    (each) => each.name === visit.variant && (each.protocols?.includes(visit.protocol) ?? true),
  );
  if (scenario === undefined || (visit.variant !== undefined && variant === undefined)) {
    const name = visit.variant === undefined ? visit.scenario : `${visit.scenario}/${visit.variant}`;
    throw new Fault(
      'CORRUPT_RECORDING',
      `the visit was made for the scenario ${JSON.stringify(name.slice(0, 80))}, which this version does not have; judge it with the version that recorded it`,
    );
  }
  const { protocol, tls, seat, portRole } = visit;
  return { scenario, ...(variant && { variant }), protocol, tls, seat, portRole };
};

/** Judges a visit by its scenario; pure, so that old recordings are judged by the same code. */
export const judgeVisit = (one: Pick<Case, 'scenario' | 'variant'>, visit: Visit): Judgement => {
  const { scenario, variant } = one;
  if (scenario.judgeByVariant !== true) return (scenario.judge as Judge)(visit);
  if (variant === undefined) throw new Fault('HARNESS_BUG', `${scenario.id} judges by variant and was given none`);
  return (scenario.judge as JudgeOfVariant)(variant, visit.canaries)(visit);
};

/** Judges a recording, as text or parsed, with this version's judges; throws `CORRUPT_RECORDING` for what is none. */
export const judge = (recording: string | Recording): Judgement & { readonly case: string } => {
  const visit = visitOf(typeof recording === 'string' ? parseRecording(recording, 'the recording') : recording);
  const one = caseOf(visit);
  return { case: caseKey(one), ...judgeVisit(one, visit) };
};

type JudgeOfVariant = (variant: Variant, canaries: Canaries) => Judge;
