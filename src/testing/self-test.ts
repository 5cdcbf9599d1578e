import type { Family } from '../scenarios/family.js';
import type { Scenario } from '../scenarios/scenario.js';
import type { Flaw } from '../toys/moments.js';
import { toyClient } from '../toys/toy-client.js';
import { withheldFacts } from '../verdict/comparison.js';
import { controlFacts } from '../verdict/control.js';
import type { ClientStatus, ControlFacts, Seat, Visit } from '../verdict/visit.js';
import { caseKey, flawOf, type Case } from '../cases/case.js';
import { judgeVisit } from '../document/judge-visit.js';
import { planOf, type Planned, type SetUp, type SetUpPlan } from '../cases/plan.js';
import { visit, type VisitSettings } from '../stage/visit.js';

/** Where the self-test happens: the very place, seat and set-ups of the session that it speaks for. */
export interface SelfTestOptions {
  readonly settings: Omit<VisitSettings, 'driver' | 'policy' | 'secrets'>;
  readonly scenarios: readonly Scenario[];
  readonly setUps: readonly SetUp[];
  readonly seat: Seat;
}

/** How the self-test went; `why` names every toy that was misjudged. */
export interface SelfTest {
  readonly passed: boolean;
  readonly why?: string;
}

/**
 * Proves that verdicts can be trusted here (verdicts.md, "Controls"): of every family of attacks one toy with exactly the flaw
 * must be judged `unsafe`, and the careful toy's control `safe`. Takes well under a second; faults come out as failures.
 */
export const selfTest = async ({ settings, scenarios, setUps, seat }: SelfTestOptions): Promise<SelfTest> => {
  const plan = planOf({ scenarios, setUps, seat, provides: settings.place.provides, globs: [], repeat: 1 });
  const wrong = await Promise.all(
    plan.map((each, index) => misjudgements(each, FIRST_VISIT + index * MOST_VISITS, settings)),
  );
  const why = wrong.flat().join('; ');
  return why === '' ? { passed: true } : { passed: false, why };
};

/** What is wrong with the verdicts on the toys of one set-up. */
const misjudgements = async (
  { control, cases }: SetUpPlan,
  from: number,
  settings: SelfTestOptions['settings'],
): Promise<string[]> => {
  const observe = (
    one: Case,
    number: number,
    flaw: Flaw | undefined,
    facts?: ControlFacts,
    [patience, longest] = USUAL,
  ): Promise<Visit> => {
    const driver = toyClient({ ...flaw?.habits, patience }, flaw?.client);
    const maxTime = Math.min(settings.maxTime, longest);
    return visit(
      one,
      number,
      { ...settings, driver, policy: 'required', maxTime, secrets: new Map() },
      facts && { control: facts },
    );
  };
  const careful = await observe(control.one, from, undefined);
  // All toys count their tags alike, so that what one control teaches is true of the others.
  const facts = controlFacts(careful);
  const judged = async ({ one, comparison }: Planned, number: number, times = USUAL): Promise<string | undefined> => {
    const flaw = flawOf(one);
    // Only the judge looks at what the comparison teaches, so that both visits can be made at once.
    const [seen, compared] = await Promise.all([
      observe(one, number, flaw, facts, times),
      comparison && observe(comparison.one, number + 1, flaw, facts, times),
    ]);
    return misjudgement(
      one,
      { ...seen, ...(compared && { withheld: withheldFacts(compared) }) },
      `the self-test client that ${flaw.name}`,
      one.scenario.worst ?? 'unsafe',
    );
  };
  const flawed = families([control, ...cases]).map((planned, index) => ({ planned, number: from + 1 + 2 * index }));
  const first = await Promise.all(flawed.map(({ planned, number }) => judged(planned, number)));
  const wrong = [misjudgement(control.one, careful, 'the careful self-test client', 'safe')];
  // All at once, toys may be too slow for their own patience on a busy machine: one after the other, they get more of it.
  for (const [index, { planned, number }] of flawed.entries())
    if (first[index] !== undefined) wrong.push(await judged(planned, number + AGAIN, PATIENT));
  return wrong.filter((each) => each !== undefined);
};

const misjudgement = (one: Case, seen: Visit, toy: string, expected: ClientStatus): string | undefined => {
  const { status, because } = judgeVisit(one, seen);
  return status === expected
    ? undefined
    : `${caseKey(one)} could not be proved here: ${toy} was judged ${status} instead of ${expected} (${because})`;
};

/** The first case of every family that can be staged here. */
const families = (cases: readonly Planned[]): readonly Planned[] => {
  const chosen = new Map<Family, Planned>();
  for (const planned of cases) {
    const { family } = planned.one.scenario;
    if (planned.notApplicable === undefined && !chosen.has(family)) chosen.set(family, planned);
  }
  return [...chosen.values()];
};

/** Far from the numbers of the session's own visits: canaries and addresses come from them. */
const FIRST_VISIT = 20_000;
const MOST_VISITS = 100;
/** Numbers of visits that are made once more. */
const AGAIN = MOST_VISITS / 2;
/** Milliseconds: a toy's patience, longer than any scenario is silent, and one visit. */
const USUAL: readonly [patience: number, longest: number] = [1500, 5000];
const PATIENT: typeof USUAL = [6000, 15_000];
