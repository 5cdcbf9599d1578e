import scenarios from '../scenarios/index.js';
import { caseId, casesOf, type Case } from '../cases/case.js';
import type { SetUp } from '../cases/plan.js';
import { caseNames, isSelected, nearest } from '../cases/selection.js';
import { Fault } from '../fault.js';
import { ALL_PROTOCOLS } from '../protocols/port-roles.js';
import type { Scenario } from '../scenarios/scenario.js';

/** What is done to connections of one set-up, and the control that untouched ones are judged by. */
export interface ProxyCases {
  readonly cases: readonly [Case, ...Case[]];
  readonly control: Case;
}

/** What is done to connections, as a user names it. */
export interface ChosenAttacks {
  /** Ids, id/variant or globs; several take turns. */
  readonly names: readonly string[];
  /** A scenario of the user's own, which is played besides. */
  readonly own?: Scenario;
  /** Scenarios that names may mean besides waxseal's. */
  readonly others?: readonly Scenario[];
}

/** The cases that names of scenarios mean before this server, and their control; throws `BAD_USAGE` where one means none. */
export const proxyCases = (setUp: SetUp, { names, own, others }: ChosenAttacks): ProxyCases => {
  const { protocol, tls } = setUp;
  const all = allCases(setUp, others);
  for (const name of names) {
    if (all.some((one) => isSelected([name], caseNames(one)))) continue;
    throw unknownName(name, all, ` for ${protocol} with ${tls} between client and server`);
  }
  if (own !== undefined && casesOf([own], protocol, tls, 'middle').length === 0)
    throw new Fault('BAD_USAGE', `the script’s attack is not for ${protocol} with ${tls} between client and server`);
  const usual = own === undefined ? [tls === 'starttls' ? 'starttls-not-offered' : 'control'] : [];
  return chosen(setUp, all, { names: names.length === 0 ? usual : names, ...(own && { own }) });
};

/**
 * The same before servers that are not known beforehand: what the names mean there, and the control alone where they mean nothing.
 * By default STARTTLS is removed, and with implicit TLS a wrong certificate is shown.
 */
export const casesBefore = (setUp: SetUp, { names, own, others }: ChosenAttacks): ProxyCases => {
  const usual = own === undefined ? [setUp.tls === 'starttls' ? 'starttls-not-offered' : 'certificate-fault'] : [];
  return chosen(setUp, allCases(setUp, others), { names: names.length === 0 ? usual : names, ...(own && { own }) });
};

/** Throws `BAD_USAGE` for a name that means nothing in any protocol and mode. */
export const requireAttacks = (names: readonly string[], others: readonly Scenario[] = []): void => {
  const all = ALL_PROTOCOLS.flatMap(({ name }) =>
    (['starttls', 'implicit'] as const).flatMap((tls) => casesOf([...scenarios, ...others], name, tls, 'middle')),
  );
  for (const name of names)
    if (!all.some((one) => isSelected([name], caseNames(one))))
      throw unknownName(name, all, ' between client and server');
};

const allCases = ({ protocol, tls, portRole }: SetUp, others: readonly Scenario[] = []): Case[] =>
  casesOf([...scenarios, ...others], protocol, tls, 'middle', portRole);

const chosen = (setUp: SetUp, all: readonly Case[], { names, own }: ChosenAttacks): ProxyCases => {
  const { protocol, tls, portRole } = setUp;
  const control = all.find(({ scenario }) => scenario.id === 'control');
  if (control === undefined) throw new Fault('HARNESS_BUG', `there is no control for ${protocol} with ${tls}`);
  const isFirst = (one: Case): boolean => all.find(({ scenario }) => scenario.id === one.scenario.id) === one;
  // Variants of a scenario that was named alone are one attack each: the first one stands for it.
  const isChosen = (one: Case): boolean =>
    names.some((name) => isSelected([name], caseNames(one)) && (name !== one.scenario.id || isFirst(one)));
  const [first, ...more] = [
    ...(own === undefined ? [] : casesOf([own], protocol, tls, 'middle', portRole)),
    ...all.filter(isChosen),
  ];
  return { cases: first === undefined ? [control] : [first, ...more], control };
};

const unknownName = (name: string, all: readonly Case[], where: string): Fault => {
  const near = nearest(name, all.map(caseId));
  return new Fault(
    'BAD_USAGE',
    `no scenario ${JSON.stringify(name)}${where}; ${near === undefined ? '' : `did you mean ${near}? `}waxseal list scenarios shows all`,
  );
};
