import { caseId, type Case } from '../cases/case.js';
import { planOf, type SetUp, type SetUpPlan } from '../cases/plan.js';
import { Fault } from '../fault.js';
import { loopback } from '../place/loopback.js';
import type { Scenario } from '../scenarios/scenario.js';

/** One visit that a client is to make, in the order in which a session makes them. */
export interface Step {
  /** Id of its case, such as `starttls-refused/454`; `comparison/1` of a visit that only teaches. */
  readonly name: string;
  /** `control` comes first; a `comparison` shows how the client behaves where nothing is attacked, and has no result of its own. */
  readonly role: 'control' | 'comparison' | 'case';
  /** Names of steps that must have been played before, in their order. */
  readonly after: readonly string[];
  /** Why it cannot be played here. */
  readonly notApplicable?: string;
}

/** A step with its case, and with the comparison that its judge needs. */
export interface PlannedStep extends Step {
  readonly one: Case;
  readonly compared?: string;
}

/** The steps of one protocol and TLS mode. */
export class AttendedPlan {
  readonly steps = new Map<string, PlannedStep>();
  /** The comparison that shows what the client reports where it is refused. */
  readonly refusal: string | undefined;
  readonly #setUp: SetUp;
  readonly #scenarios: readonly Scenario[];

  constructor(setUp: SetUp, scenarios: readonly Scenario[]) {
    this.#setUp = setUp;
    this.#scenarios = scenarios;
    const { control, comparisons, refusal, cases } = this.#planned([], true);
    const others = [...(refusal && !comparisons.includes(refusal) ? [refusal] : []), ...comparisons];
    const names = new Map(others.map((each, index) => [each, `comparison/${String(index + 1)}`]));
    this.refusal = refusal && names.get(refusal);
    this.steps.set(CONTROL, { name: CONTROL, role: 'control', after: [], one: control.one });
    for (const [{ one }, name] of names) this.steps.set(name, { name, role: 'comparison', after: [CONTROL], one });
    for (const { one, comparison, notApplicable } of cases) {
      const compared = comparison && names.get(comparison);
      this.steps.set(caseId(one), {
        name: caseId(one),
        role: 'case',
        after: [...new Set([CONTROL, ...[this.refusal, compared].filter((each) => each !== undefined)])],
        one,
        ...(notApplicable !== undefined && { notApplicable }),
        ...(compared !== undefined && { compared }),
      });
    }
  }

  /** Those that globs choose, with what their judges need. */
  chosen(globs: readonly string[], all: boolean): Step[] {
    const chosen = new Set(this.#planned(globs, all).cases.map(({ one }) => caseId(one)));
    const compared = new Set([...chosen].flatMap((name) => this.steps.get(name)?.compared ?? []));
    if (this.refusal !== undefined && chosen.size > 0) compared.add(this.refusal);
    return [...this.steps.values()]
      .filter(({ name, role }) => role === 'control' || compared.has(name) || chosen.has(name))
      .map(({ name, role, after, notApplicable }) => ({
        name,
        role,
        after,
        ...(notApplicable !== undefined && { notApplicable }),
      }));
  }

  #planned(globs: readonly string[], all: boolean): SetUpPlan {
    const [plan] = planOf({
      scenarios: this.#scenarios,
      setUps: [this.#setUp],
      seat: 'server',
      provides: loopback.provides,
      globs,
      all,
      repeat: 1,
    });
    if (plan === undefined) throw new Fault('HARNESS_BUG', 'there is no plan for the one set-up');
    return plan;
  }
}

const CONTROL = 'control';
