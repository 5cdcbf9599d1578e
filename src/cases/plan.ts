import { Fault } from '../fault.js';
import type { PlaceFeature } from '../place/place.js';
import type { PortRole, ProtocolName, TlsMode } from '../protocols/protocol.js';
import type { Scenario } from '../scenarios/scenario.js';
import type { Seat } from '../verdict/visit.js';
import { casesOf, extraOf, impossibility, type Case } from './case.js';
import { comparisonKey, comparisonOf } from './comparison.js';
import { isInShard, type Shard } from './shard.js';
import { caseNames, isNamed, isSelected, requireMatches, scenarioNames } from './selection.js';

/** One way in which the client is configured: what its control is made for. */
export interface SetUp {
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  /** The usual one of protocol and mode by default. */
  readonly portRole?: PortRole;
}

/** A case with its place in the plan. */
export interface Planned {
  readonly one: Case;
  /** Numbers of its visits, one a repetition. */
  readonly numbers: readonly number[];
  /** Why it cannot be observed here. */
  readonly notApplicable?: string;
  /** The comparison that its judge needs. */
  readonly comparison?: Comparison;
}

/** A visit to an honest server that is slow or refuses the client, which teaches and is not reported. */
export interface Comparison {
  readonly one: Case;
  readonly number: number;
}

/** What is run for one set-up, in order. */
export interface SetUpPlan {
  readonly setUp: SetUp;
  readonly control: Planned;
  readonly comparisons: readonly Comparison[];
  /** The visit that shows what the client reports where it is refused; made where that matters. */
  readonly refusal?: Comparison;
  readonly cases: readonly Planned[];
  /** Cases that were not chosen, though no glob excludes them: outside the default set, or slow and not named exactly. */
  readonly leftOut: readonly Case[];
  /** Cases that another shard runs. */
  readonly elsewhere: readonly Case[];
}

export interface PlanOptions {
  readonly scenarios: readonly Scenario[];
  readonly setUps: readonly SetUp[];
  readonly seat: Seat;
  /** What the place has. */
  readonly provides: readonly PlaceFeature[];
  /** Chosen scenarios, slow cases only by their exact name; the default set if empty. */
  readonly globs: readonly string[];
  /** Without globs every case, not the default set alone; with globs slow ones too. */
  readonly all?: boolean;
  /** Runs per case. */
  readonly repeat: number;
  /** Why a case can't be had in this session, in words. */
  readonly excludes?: (one: Case) => string | undefined;
  /** The part of the cases to run, besides the controls that they need; all by default. */
  readonly shard?: Shard;
}

/** Everything that a session will do, in a stable order; throws `BAD_USAGE` where a glob matches nothing. */
export const planOf = (options: PlanOptions): SetUpPlan[] => {
  const { scenarios, setUps, seat, globs } = options;
  const all = setUps.flatMap((setUp) => casesOf(scenarios, setUp.protocol, setUp.tls, seat, setUp.portRole));
  requireMatches(globs, [...scenarios.map(scenarioNames), ...all.map(caseNames)], 'scenario');
  const numbers = numbering();
  const positions = numbering();
  return setUps.map((setUp) => planOfSetUp(setUp, options, numbers, positions));
};

const planOfSetUp = (
  setUp: SetUp,
  { scenarios, seat, provides, globs, all = false, repeat, excludes, shard }: PlanOptions,
  next: () => number,
  position: () => number,
): SetUpPlan => {
  const cases = casesOf(scenarios, setUp.protocol, setUp.tls, seat, setUp.portRole);
  const control = cases.find((one) => one.scenario.id === CONTROL);
  if (control === undefined)
    throw new Fault('HARNESS_BUG', `there is no control for ${setUp.protocol} with ${setUp.tls}`);
  const several = (): number[] => Array.from({ length: repeat }, next);
  const first: Planned = { one: control, numbers: several() };
  const selected = cases.filter((one) => one.scenario.id !== CONTROL && isSelected(globs, caseNames(one)));
  const isMeant = (one: Case): boolean => {
    const extra = extraOf(one);
    return all || extra === undefined || (globs.length > 0 && extra !== 'slow') || isNamed(globs, caseNames(one));
  };
  const meant = selected.filter(isMeant);
  // A pattern that matches slow cases only is meant for them.
  const wanted = meant.length === 0 && globs.length > 0 ? selected : meant;
  const chosen = wanted.filter(() => {
    const place = position() - 1;
    return shard === undefined || isInShard(shard, place);
  });
  const comparisons = new Map<string, Comparison>();
  const comparisonFor = (one: Case): Comparison | undefined => {
    const honest = comparisonOf(one, cases);
    if (honest === undefined) return undefined;
    const key = comparisonKey(one);
    const made = comparisons.get(key) ?? { one: honest, number: next() };
    comparisons.set(key, made);
    return made;
  };
  const planned = chosen.map((one): Planned => {
    const missing = (one.scenario.needs ?? []).filter((need) => !provides.includes(need));
    if (missing.length > 0)
      return {
        one,
        numbers: [],
        notApplicable: `needs ${missing.map((need) => NEEDS[need]).join(' and ')}, which loopback does not have: run it with --place cell (an isolated network namespace)`,
      };
    const excluded = impossibility(one) ?? excludes?.(one);
    if (excluded !== undefined) return { one, numbers: [], notApplicable: excluded };
    const comparison = comparisonFor(one);
    return { one, numbers: several(), ...(comparison && { comparison }) };
  });
  const refused = cases.find(({ scenario }) => scenario.id === REFUSED);
  const refusal =
    [...comparisons.values()].find(({ one }) => one.scenario.id === REFUSED) ??
    (refused && { one: refused, number: next() });
  return {
    setUp,
    control: first,
    comparisons: [...comparisons.values()],
    ...(refusal && { refusal }),
    cases: planned,
    leftOut: selected.filter((one) => !wanted.includes(one)),
    elsewhere: wanted.filter((one) => !chosen.includes(one)),
  };
};

const numbering = (): (() => number) => {
  let number = 0;
  return () => (number += 1);
};

const CONTROL = 'control';
const REFUSED = 'control-refused';
const NEEDS: Readonly<Record<PlaceFeature, string>> = {
  names: 'real host names',
  'well-known-ports': 'ports below 1024',
};
