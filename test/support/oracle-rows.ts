import { caseKey, type Case } from '../../src/cases/case.js';
import { loopback } from '../../src/place/loopback.js';
import type { Scenario } from '../../src/scenarios/scenario.js';
import { styles, type Flaw, type Habits } from '../../src/toys/habits.js';
import type { ClientStatus, TlsPolicy } from '../../src/verdict/visit.js';
import { allCases } from './oracle.js';

/** One toy in one case, and what may be said of it. */
export interface Row {
  readonly title: string;
  readonly one: Case;
  readonly habits: Partial<Habits>;
  readonly policy: TlsPolicy;
  readonly allowed: readonly ClientStatus[];
}

/** The rows of the oracle matrix: every case that loopback can stage, with careful toys and with the flaw that it exists to find. */
export const oracleRows = (registry: readonly Scenario[]): Row[] =>
  registry
    .filter(isPossibleHere)
    .flatMap((scenario) =>
      allCases(scenario).flatMap((one, index) => [...carefulRows(one, index), ...flawedRows(one, index)]),
    );

/** The flaw of a case. */
export const flawOf = ({ scenario, variant }: Case): Flaw =>
  typeof scenario.flaw === 'function' ? scenario.flaw(variant ?? { name: '' }) : scenario.flaw;

/** Loopback has neither names nor well-known ports. */
export const isPossibleHere = (scenario: Scenario): boolean =>
  (scenario.needs ?? []).every((need) => loopback.provides.includes(need));

const carefulRows = (one: Case, index: number): Row[] => {
  // Whether a client comes back is no question of care, and some scenarios are about the second connection.
  const { connections = 1 } = flawOf(one).client;
  return chosenStyles(one, index).map(([name, style]) => ({
    title: `${caseKey(one)}: the style “${name}” is ${name === PLAIN ? 'safe' : 'not unsafe'}`,
    one,
    habits: { ...style, connections, patience: style.patience ?? PATIENCE },
    policy: 'required',
    allowed: name === PLAIN ? ['safe'] : ['safe', 'inconclusive'],
  }));
};

const flawedRows = (one: Case, index: number): Row[] => {
  const flaw = flawOf(one);
  const { worst = 'unsafe' } = one.scenario;
  const others = rotated(
    Object.entries(styles).filter(([, style]) => isCompatible(style, flaw.client)),
    index,
  ).slice(0, 2);
  const crossed: [string, Partial<Habits>][] = [['plain', {}], ...others];
  return [
    ...crossed.map(([name, style]): Row => ({
      title: `${caseKey(one)}: a toy that ${flaw.name} (${name}) is ${worst}`,
      one,
      habits: { patience: PATIENCE, ...style, ...flaw.client },
      policy: 'required',
      allowed: [worst],
    })),
    {
      title: `${caseKey(one)}: a toy that ${flaw.name} is ${opportunisticVerdicts(one).join(' or ')} under an opportunistic policy`,
      one,
      habits: { patience: PATIENCE, ...flaw.client },
      policy: 'opportunistic',
      allowed: opportunisticVerdicts(one),
    },
  ];
};

/** What the table of policies makes of a family of attacks (verdicts.md, "Policy"); a new family may be either. */
const opportunisticVerdicts = ({ scenario }: Case): readonly ClientStatus[] => {
  const family = scenario.covers[0]?.split('-')[0] ?? '';
  if (UNSAFE_UNDER_ANY_POLICY.has(family)) return ['unsafe'];
  return WHAT_OPPORTUNISTIC_CLIENTS_DO.has(family) ? ['downgradable'] : ['unsafe', 'downgradable'];
};

/** Secrets in clear although TLS was on offer, belief in injected data, identifying metadata. */
const UNSAFE_UNDER_ANY_POLICY: ReadonlySet<string> = new Set(['ctl', 'auth', 'inject', 'caps', 'leak']);
/** The offer vanished, was refused or came to nothing; the peer cannot be verified. */
const WHAT_OPPORTUNISTIC_CLIENTS_DO: ReadonlySet<string> = new Set([
  'strip',
  'refuse',
  'oktls',
  'fb',
  'port',
  'cert',
  'preauth',
]);

/** All styles on the first variant of a scenario in a protocol and in its first mode, on the others the plain one and two that rotate. */
const chosenStyles = ({ scenario, variant, protocol, tls }: Case, index: number): [string, Partial<Habits>][] => {
  const all = Object.entries(styles);
  const first = scenario.variants?.find((each) => each.protocols?.includes(protocol) ?? true);
  const isFirstMode = tls === 'starttls' || !scenario.modes.includes('starttls');
  if (variant?.name === first?.name && isFirstMode) return all;
  return [
    ...all.filter(([name]) => name === PLAIN),
    ...rotated(
      all.filter(([name]) => name !== PLAIN),
      index,
    ).slice(0, 2),
  ];
};

/** A style that takes back what the flaw is about, or that gives up before it, is no cross of both. */
const isCompatible = (style: Partial<Habits>, flaw: Partial<Habits>): boolean =>
  Object.keys(style).length > 0 &&
  !Object.keys(style).some((habit) => habit in flaw) &&
  !('onRefusal' in style) &&
  !('patience' in style);

const rotated = <T>(list: readonly T[], by: number): T[] =>
  list.map((_, index) => list[(index + by) % list.length]).filter((each) => each !== undefined);

const PLAIN = 'closes at once';
/** Milliseconds; several times what any scenario withholds. */
const PATIENCE = 3000;
