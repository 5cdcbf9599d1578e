import { caseKey, extraOf, flawOf, type Case } from '../cases/case.js';
import { caseNames, isSelected, requireMatches, scenarioNames } from '../cases/selection.js';
import { exportedCapture } from '../document/exported-capture.js';
import { loopback } from '../place/loopback.js';
import { DETECTIONS } from '../rules/detections.js';
import { reported } from '../rules/seen.js';
import scenarios from '../scenarios/index.js';
import type { ClientStatus, Visit } from '../verdict/visit.js';
import { corpusPairs, pairName, type OnPath } from './corpus-pairs.js';
import { allCases, isPossible } from './oracle-rows.js';
import { Oracle } from './oracle.js';

/** A capture of the corpus, and what is in it. */
export interface CorpusLabel {
  readonly file: string;
  readonly case: string;
  readonly scenario: string;
  readonly title: string;
  readonly protocol: string;
  readonly tls: string;
  /** `leaking`: with exactly the mistake that the scenario exists to find. */
  readonly client: 'careful' | 'leaking';
  /** What waxseal says of the client, which it attacked itself: more than a capture shows. */
  readonly verdict: ClientStatus;
  /** Ids of the rules of `waxseal rules` that must find something, and no others. */
  readonly rules: readonly string[];
  /** Captured on the server's side at the same time; what somebody between both sides did is `onPath`. */
  readonly otherSide?: string;
  /** What `waxseal judge --other-side` must find, `nothing` where all was passed on as it came. */
  readonly onPath?: OnPath;
  /** The keys of the TLS of both sides, in the format of SSLKEYLOGFILE. */
  readonly keys?: string;
}

/** One capture with its label. */
export interface CorpusFile {
  readonly label: CorpusLabel;
  /** pcapng, with the keys of its TLS; without them where they are given beside it. */
  readonly capture: Buffer;
  /** What the label names besides, by name. */
  readonly besides?: readonly (readonly [name: string, contents: Buffer | string])[];
}

/**
 * Plays scenarios with a careful and a leaking client of waxseal's own, and gives what passed in both directions, as a capture each.
 * Without globs the first variant of each scenario of the default set.
 * Then pairs of captures of both sides, for what waxseal does between a client and a server. Throws `BAD_USAGE` where a glob matches nothing.
 */
export async function* corpus(globs: readonly string[]): AsyncGenerator<CorpusFile> {
  const possible = scenarios.filter((scenario) => isPossible(scenario, loopback.provides));
  if (globs.length > 0) requireMatches(globs, possible.map(scenarioNames), 'scenario');
  const oracle = new Oracle(scenarios, { keepsWire: true });
  for (const one of possible.flatMap(allCases).filter((each) => isWanted(each, globs)))
    for (const client of ['careful', 'leaking'] as const) {
      const toy = client === 'careful' ? {} : { client: flawOf(one).client };
      const { visit, judgement } = await oracle.judge(one, toy);
      const file = `${caseKey(one)
        .replace(/#server$/, '')
        .replace(/[^A-Za-z0-9.+@-]+/g, '_')}.${client}.pcapng`;
      const { id, title } = one.scenario;
      const label = { file, case: caseKey(one), scenario: id, title, protocol: one.protocol, tls: one.tls, client };
      yield {
        label: { ...label, verdict: judgement.status, rules: rulesOf(visit) },
        capture: exportedCapture([visit]),
      };
    }
  for await (const pair of corpusPairs(possible, globs)) {
    const { one, client, onPath, verdict, visit, clientSide, serverSide, keylog } = pair;
    const name = pairName(pair);
    const { id: scenario, title } = one.scenario;
    const [file, otherSide, keys] = ['client-side.pcapng', 'server-side.pcapng', 'keys'].map(
      (end) => `${name}.${end}`,
    ) as [string, string, string];
    yield {
      label: {
        ...{ file, case: caseKey(one), scenario, title, protocol: one.protocol, tls: one.tls, client, verdict },
        ...{ rules: rulesOf(visit), otherSide, onPath, ...(keylog !== '' && { keys }) },
      },
      capture: clientSide,
      besides: [[otherSide, serverSide], ...(keylog === '' ? [] : [[keys, keylog] as const])],
    };
  }
}

const isWanted = (one: Case, globs: readonly string[]): boolean => {
  if (globs.length > 0) return isSelected(globs, caseNames(one));
  const { scenario, variant } = one;
  return extraOf(one) === undefined && (variant === undefined || variant.name === scenario.variants?.[0]?.name);
};

const rulesOf = ({ connections }: Visit): string[] => [
  ...new Set(
    connections
      .filter(({ leg, tls }) => leg === 'client' && tls === 'starttls')
      .flatMap(({ protocol, wire }) => reported(DETECTIONS, protocol, wire?.bytes ?? [])),
  ),
];
