import { Fault } from '../fault.js';
import { nearest } from '../cases/selection.js';
import { ACTION_NAMES, MOMENTS, type Action, type Edit, type Tamper, type TamperRule } from '../endpoints/tamper.js';
import type { Judgement } from '../verdict/judgement.js';
import type { Moment } from '../protocols/protocol.js';
import { fallsBackToPlaintext } from '../scenarios/flaws.js';
import { defineScenario, type Scenario } from '../scenarios/scenario.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';

/**
 * A scenario of the user's own, of what a module exports: rules by moment, or all that `defineScenario` takes. Rules that fail while they
 * are played throw a `BAD_USAGE` that says where. Throws `BAD_USAGE` for anything else.
 */
export const ownScenario = (exported: unknown): Scenario => {
  if (isScenario(exported)) return guardedScenario(exported, 'the script');
  if (typeof exported !== 'object' || exported === null)
    throw new Fault(
      'BAD_USAGE',
      `its default export is not an object with a function for each moment, such as starttls: ${EXAMPLE}`,
    );
  const rules = Object.entries(exported);
  if (rules.length === 0)
    throw new Fault('BAD_USAGE', `it has no rule; example: export default { starttls: ${EXAMPLE} }`);
  for (const [name, rule] of rules) {
    if (!isMoment(name)) {
      const near = nearest(name, MOMENTS);
      throw new Fault(
        'BAD_USAGE',
        `${JSON.stringify(name)} is not a moment; ${near === undefined ? '' : `did you mean ${near}? `}moments are ${MOMENTS.join(', ')}`,
      );
    }
    if (typeof rule !== 'function') throw new Fault('BAD_USAGE', `its rule for ${name} is not a function`);
  }
  return defineScenario({
    id: OWN_SCENARIO,
    family: 'strip',
    title: 'An attack of your own',
    why: 'Your script changes what the server says. Whatever it does, secrets must stay inside TLS with a verified server.',
    references: [],
    modes: ['starttls', 'implicit'],
    seats: ['middle'],
    tamper: guarded(Object.fromEntries(rules) as Tamper, 'the script'),
    judge: secretsStayInsideTls,
    flaw: fallsBackToPlaintext,
    covers: [],
  });
};

/** The id of a scenario that is made of rules alone. */
export const OWN_SCENARIO = 'script';

const EXAMPLE = '(moment, next) => next()';

const isMoment = (name: string): name is Moment => (MOMENTS as readonly string[]).includes(name);

/** Whether something that a module exports is a scenario, as far as its form goes. */
export const isScenario = (value: unknown): value is Scenario =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  typeof value.id === 'string' &&
  'judge' in value &&
  typeof value.judge === 'function' &&
  'tamper' in value &&
  typeof value.tamper === 'object' &&
  value.tamper !== null &&
  'modes' in value &&
  Array.isArray(value.modes);

/** The scenario of a module that is not ours: what fails in it is told as the failure of `who`, a `BAD_USAGE`, and costs one result. */
export const guardedScenario = (scenario: Scenario, who: string): Scenario => ({
  ...scenario,
  tamper: guarded(scenario.tamper, who),
  judge: (visit, variant) =>
    told(`${who} failed in the judge of ${scenario.id}`, () => {
      const judgement: unknown = scenario.judge(visit, variant);
      if (typeof judgement !== 'object' || judgement === null || !('status' in judgement) || !('evidence' in judgement))
        throw new TypeError('it returns no judgement; judgeBy makes judges');
      return judgement as Judgement;
    }),
});

const guarded = <V>(tamper: Tamper<V>, who: string): Tamper<V> =>
  Object.fromEntries(Object.entries(tamper).map(([moment, rule]) => [moment, guardedRule(moment, rule, who)]));

/** What is wrong in a script is told as the script's, with its moment, and never as a bug of waxseal. */
const guardedRule =
  <V>(moment: string, rule: TamperRule<V>, who: string): TamperRule<V> =>
  (context, next) =>
    told(`${who} failed at ${moment}`, () => {
      const actions: unknown = rule(context, (edit) => next(edit && guardedEdit(moment, edit, who)));
      if (!Array.isArray(actions)) throw new TypeError('the rule returns no list of actions');
      for (const action of actions) requireAction(action);
      return actions as readonly Action[];
    });

const guardedEdit =
  (moment: string, edit: Edit, who: string): Edit =>
  (honest) =>
    told(`${who} failed at ${moment}`, () => {
      const bytes: unknown = edit(honest);
      if (!Buffer.isBuffer(bytes)) throw new TypeError('an edit returns no Buffer');
      return bytes;
    });

const requireAction = (action: unknown): void => {
  const name = typeof action === 'object' && action !== null && 'do' in action ? action.do : undefined;
  if (typeof name !== 'string' || !ACTION_NAMES.has(name))
    throw new TypeError('the rule returns something that is no action of waxseal/scenario');
  const made = action as { readonly bytes?: unknown; readonly segments?: unknown };
  const pieces = [
    ...('bytes' in made ? [made.bytes] : []),
    ...(Array.isArray(made.segments) ? (made.segments as unknown[]) : []),
  ];
  if (!pieces.every((piece) => Buffer.isBuffer(piece)))
    throw new TypeError(`${name} takes a Buffer: use Buffer.from(text), or line(text, commandOf(unit))`);
};

/** What `work` gives; an exception is told as `what`, a `BAD_USAGE`. */
export const told = <T>(what: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('BAD_USAGE', `${what}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
};
