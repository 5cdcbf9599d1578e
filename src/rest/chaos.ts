import {
  noTriggers,
  REFUSALS,
  SCENARIO_TRIGGERS,
  SCENARIOS,
  type RefusalTrigger,
  type ScenarioTrigger,
  type TriggerSettings,
} from '../serving/triggers.js';
import { HttpError } from './http-error.js';

/**
 * Trigger settings of a request; what is not named does not happen. Names are taken in any case. Throws a 400 for what there is not.
 */
export const triggersOf = (value: unknown, seed: string): TriggerSettings => {
  const none = noTriggers(seed);
  const fields = fieldsOf(value, 'the triggers');
  const settings: { -readonly [K in keyof TriggerSettings]: TriggerSettings[K] } = { ...none };
  for (const [name, given] of fields) {
    const refusal = REFUSALS.find((each) => each.toLowerCase() === name);
    const scenario = SCENARIO_TRIGGERS.find((each) => each.toLowerCase() === name);
    if (refusal !== undefined) settings[refusal] = refusalOf(refusal, given, none[refusal]);
    else if (scenario !== undefined) settings[scenario] = scenarioOf(scenario, given, none[scenario]);
    else if (name === 'seed' && (typeof given === 'string' || typeof given === 'number')) settings.Seed = String(given);
    else
      throw new HttpError(
        400,
        `there is no trigger ${JSON.stringify(name)}; triggers are ${[...REFUSALS, ...SCENARIO_TRIGGERS].join(', ')}, and Seed`,
      );
  }
  return settings;
};

const refusalOf = (name: string, value: unknown, none: RefusalTrigger): RefusalTrigger => {
  const fields = fieldsOf(value, name);
  return {
    ErrorCode: numberOf(fields.get('errorcode') ?? none.ErrorCode, 400, 599, `${name}.ErrorCode`),
    Probability: numberOf(fields.get('probability') ?? 0, 0, 100, `${name}.Probability`),
  };
};

const scenarioOf = (
  name: (typeof SCENARIO_TRIGGERS)[number],
  value: unknown,
  none: ScenarioTrigger,
): ScenarioTrigger => {
  const fields = fieldsOf(value, name);
  const mode = fields.get('mode') ?? none.Mode;
  const modes = Object.keys(SCENARIOS[name]);
  if (typeof mode !== 'string' || !modes.includes(mode))
    throw new HttpError(400, `${name}.Mode must be one of ${modes.join(', ')}`);
  return { Mode: mode, Probability: numberOf(fields.get('probability') ?? 0, 0, 100, `${name}.Probability`) };
};

/** By name in lower case. */
const fieldsOf = (value: unknown, what: string): ReadonlyMap<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HttpError(400, `${what} must be a JSON object`);
  return new Map(Object.entries(value).map(([name, each]) => [name.toLowerCase(), each as unknown]));
};

const numberOf = (value: unknown, least: number, most: number, what: string): number => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
    throw new HttpError(400, `${what} must be a whole number from ${String(least)} to ${String(most)}`);
  return value;
};
