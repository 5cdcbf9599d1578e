import { caseKey, casesOf, flawOf, impossibility, type Case } from '../cases/case.js';
import { loopback } from '../place/loopback.js';
import type { PlaceFeature } from '../place/place.js';
import protocols from '../protocols/index.js';
import type { TlsMode } from '../protocols/protocol.js';
import { FAMILIES, type Family } from '../scenarios/family.js';
import { asksWithoutEnd, comesBackWithoutEnd } from '../scenarios/flaws.js';
import type { Scenario } from '../scenarios/scenario.js';
import { styles, type Habits, type Style } from '../toys/habits.js';
import type { Flaw } from '../toys/moments.js';
import type { ClientStatus, TlsPolicy } from '../verdict/visit.js';
import type { ToyNature } from './oracle.js';

/** One toy in one case, and what may be said of it. */
export interface OracleRow {
  readonly title: string;
  readonly one: Case;
  readonly toy: ToyNature;
  readonly policy: TlsPolicy;
  readonly allowed: readonly ClientStatus[];
  /** The case is played plainly in another row; here the client goes about it in another way, or under another policy. */
  readonly isCrossed?: true;
}

/**
 * The rows of the oracle matrix, for what a place has (loopback's features by default). In every case the plain careful toy must be
 * safe and the flawed one found. Styles meet scenarios in pairs, and every protocol of a scenario where what a client reads, and in
 * which order, is what the family is about.
 */
export const oracleRows = (
  registry: readonly Scenario[],
  provides: readonly PlaceFeature[] = loopback.provides,
): OracleRow[] =>
  registry
    .filter((scenario) => isPossible(scenario, provides))
    .flatMap((scenario, at) => {
      const cases = allCases(scenario);
      const groups = DEPENDS_ON_STYLE.has(scenario.family) ? byProtocol(cases) : [cases];
      return groups.flatMap((group) => [
        ...carefulRows(group, at),
        ...stormRows(group),
        ...byProtocol(group).flatMap((each) => flawedRows(each, at)),
      ]);
    });

/** The place has what the scenario needs. */
export const isPossible = ({ needs = [] }: Scenario, provides: readonly PlaceFeature[]): boolean =>
  needs.every((need) => provides.includes(need));

/** Cases of a scenario in the server seat, in every protocol and mode that it has. */
export const allCases = (scenario: Scenario): Case[] =>
  Object.values(protocols)
    .flatMap(({ name, modes }) =>
      MODES.filter((tls) => modes.includes(tls)).flatMap((tls) => casesOf([scenario], name, tls, 'server')),
    )
    .filter((one) => impossibility(one) === undefined);

/** The plain toy in every case; all other styles, each in one case of the group. */
const carefulRows = (cases: readonly Case[], at: number): OracleRow[] =>
  cases.flatMap((one, index) => [
    carefulRow(one, PLAIN, ['safe']),
    ...rotated(OTHERS, at)
      .filter((_, place) => place % cases.length === index)
      .map((style) => carefulRow(one, style, ['safe', 'inconclusive', 'not-applicable'])),
  ]);

const carefulRow = (one: Case, style: Style, allowed: readonly ClientStatus[]): OracleRow => ({
  title: `${caseKey(one)}: the style “${style.name}” is ${allowed.length === 1 ? 'safe' : 'not unsafe'}`,
  one,
  toy: { habits: { patience: PATIENCE, ...flawOf(one).habits, ...style.habits } },
  policy: 'required',
  allowed,
  ...(style !== PLAIN && { isCrossed: true }),
});

/** Cases of one protocol: their flaws plainly, and each of them once crossed with several styles and under the other policy. */
const flawedRows = (cases: readonly Case[], at: number): OracleRow[] => {
  const met = new Set<Flaw['client']>();
  return cases.flatMap((one, index) => {
    const flaw = flawOf(one);
    const { worst = 'unsafe' } = one.scenario;
    const isFirst = !met.has(flaw.client);
    met.add(flaw.client);
    const possible = OTHERS.filter((style) => isCross(style, flaw));
    const crossed = isFirst
      ? [
          PLAIN,
          ...possible.filter(({ name }) => ALWAYS_CROSSED.has(name)),
          ...possible.filter(
            ({ habits }) => DEPENDS_ON_PATIENCE.has(one.scenario.family) && (habits.hesitates ?? 0) > 0,
          ),
          ...rotated(possible, at + index).slice(0, 1),
        ]
      : [[PLAIN, ...possible][(at + index) % (possible.length + 1)] ?? PLAIN];
    const title = `${caseKey(one)}: a toy that ${flaw.name}`;
    const required = [...new Set(crossed)].map(({ name, habits }, place): OracleRow => ({
      title: `${title} (${name}) is ${worst}`,
      one,
      toy: { habits: { patience: PATIENCE, ...habits, ...flaw.habits }, client: flaw.client },
      policy: 'required',
      allowed: [worst],
      ...(place > 0 && { isCrossed: true }),
    }));
    const { opportunistic } = FAMILIES[one.scenario.family];
    return isFirst
      ? [
          ...required,
          {
            title: `${title} is ${opportunistic} under an opportunistic policy`,
            one,
            toy: { habits: { patience: PATIENCE, ...flaw.habits }, client: flaw.client },
            policy: 'opportunistic',
            allowed: [opportunistic],
            isCrossed: true,
          },
        ]
      : required;
  });
};

/** Who asks without end, and leaks nothing, loads both sides: once in each protocol that can be refused. */
const stormRows = (cases: readonly Case[]): OracleRow[] =>
  byProtocol(
    cases.filter(({ scenario, variant }) => scenario.id === 'starttls-refused' && variant?.name !== 'bye'),
  ).flatMap(([one]) =>
    one === undefined
      ? []
      : STORMS.map((flaw): OracleRow => ({
          title: `${caseKey(one)}: a toy that ${flaw.name} is unsafe`,
          one,
          toy: { habits: { patience: PATIENCE }, client: flaw.client },
          policy: 'required',
          allowed: ['unsafe'],
          isCrossed: true,
        })),
  );

const STORMS: readonly Flaw[] = [asksWithoutEnd, comesBackWithoutEnd];

/** A style that gives up before the mistake, or does without the moment at which it is made, is no cross of both. */
const isCross = ({ hides = [], habits }: Style, { client, harmlessWith = {} }: Flaw): boolean =>
  !hides.some((moment) => moment in client) &&
  !Object.entries(harmlessWith).some(([habit, choice]) => habits[habit as keyof Habits] === choice);

const byProtocol = (cases: readonly Case[]): Case[][] =>
  [...new Set(cases.map(({ protocol }) => protocol))].map((name) => cases.filter(({ protocol }) => protocol === name));

const rotated = <T>(list: readonly T[], by: number): T[] =>
  list.map((_, index) => list[(index + by) % list.length]).filter((each) => each !== undefined);

/** Which replies a client reads, when, and what it makes of a list decides whether these attacks work. */
export const DEPENDS_ON_STYLE: ReadonlySet<Family> = new Set(['control', 'injection', 'carry-over', 'forged-reply']);
/** Who waits for longer than these attacks do leaks after them. */
const DEPENDS_ON_PATIENCE: ReadonlySet<Family> = new Set(['refuse', 'no-tls']);
const [PLAIN = { name: 'plain', habits: {} }, ...OTHERS] = styles;
const ALWAYS_CROSSED: ReadonlySet<string> = new Set(['reads lazily', 'prefers LOGIN']);
const MODES: readonly TlsMode[] = ['starttls', 'implicit'];
/** Milliseconds; several times what any scenario withholds. */
const PATIENCE = 3000;
