import type { Report, Result } from '../document/report-model.js';
import type { Recording } from '../verdict/recording.js';
import type { ControlFacts, Visit, WithheldFacts } from '../verdict/visit.js';
import type { RenderContext } from './format.js';
import { sizeOf, thinnedConnections, type Most, type ThinnedConnections } from './thinned-connections.js';

/**
 * A report of which each visit takes less than a megabyte: of a very long one what lies far from evidence is left out, and the
 * report says how much. What is recorded with `--record` stays whole.
 */
export const thinned = (report: Report, context: RenderContext): readonly [Report, RenderContext] => {
  if (report.kind === 'audit') return [report, context];
  const plans = plansOf(report, context);
  if (plans.size === 0) return [report, context];
  const notes = [...plans].flatMap(([number, { left }]) =>
    left === 0
      ? []
      : [
          `${String(left)} entries in the transcript of run ${String(number)} are left out, because the report would be too large; --record DIR stores all of it`,
        ],
  );
  return [
    {
      ...report,
      results: report.results.map((result) => thinnedResult(result, plans.get(result.visit ?? -1))),
      ...(notes.length > 0 && { diagnosis: [...(report.diagnosis ?? []), ...notes] }),
      visits: report.visits.map((each) => {
        const plan = isRecording(each) ? plans.get(each.visit.number) : undefined;
        return isRecording(each) && plan !== undefined ? thinnedRecording(each, plan) : each;
      }),
    },
    {
      ...context,
      visits: new Map([...context.visits].map(([number, seen]) => [number, thinnedVisit(seen, plans.get(number))])),
    },
  ];
};

/** How each visit that is too long is thinned, by its number. */
const plansOf = ({ visits, results }: Report, context: RenderContext): ReadonlyMap<number, ThinnedConnections> => {
  const plans = new Map<number, ThinnedConnections>();
  const evidence = new Map<number | undefined, Result['evidence']>();
  for (const { visit, evidence: more } of results) evidence.set(visit, [...(evidence.get(visit) ?? []), ...more]);
  const look = (number: number, seen: Seen, more: number, most: Most): void => {
    const all = [...seen.connections, ...(seen.lookups?.web ?? [])];
    if (plans.has(number) || sizeOf(all) + more <= LARGEST) return;
    plans.set(number, thinnedConnections(all, (evidence.get(number) ?? []).slice(0, MOST_EVIDENCE), most));
  };
  for (const each of visits)
    if (isRecording(each)) {
      const { number, hits, client, control, withheld } = each.visit;
      const words = client.stdout.length + client.stderr.length;
      const lists = JSON.stringify([control, withheld]).length;
      const places = hits.length + each.masked.length + 2 * (evidence.get(number) ?? []).length;
      look(number, each.visit, places * A_PLACE + words + 2 * lists, STORED);
    }
  for (const [number, seen] of context.visits) look(number, seen, 0, SHOWN);
  return plans;
};

type Seen = Pick<Visit, 'connections' | 'lookups'>;

const thinnedVisit = <T extends Seen>(seen: T, plan: ThinnedConnections | undefined): T => {
  if (plan === undefined) return seen;
  const now = new Map(plan.connections.map((each) => [each.id, each]));
  const kept = (connections: Visit['connections']): Visit['connections'] =>
    connections.flatMap(({ id }) => now.get(id) ?? []);
  return {
    ...seen,
    connections: kept(seen.connections),
    ...(seen.lookups && { lookups: { ...seen.lookups, web: kept(seen.lookups.web) } }),
  };
};

const thinnedRecording = ({ masked, visit, ...rest }: Recording, plan: ThinnedConnections): Recording => ({
  ...rest,
  leftOut: Math.max(1, plan.left),
  masked: masked
    .flatMap((mask) => {
      const { connection, entry, ...facts } = mask;
      if (connection === undefined || entry === undefined) return [mask];
      const place = plan.placeOf(connection, entry);
      return place === undefined ? [] : [{ ...facts, connection, entry: place }];
    })
    .slice(0, MOST_PLACES),
  visit: {
    ...thinnedVisit(visit, plan),
    hits: moved(visit.hits, plan).slice(0, MOST_PLACES),
    client: {
      ...visit.client,
      stdout: visit.client.stdout.slice(-MOST_WORDS),
      stderr: visit.client.stderr.slice(-MOST_WORDS),
    },
    ...(visit.control && { control: withShortLists(visit.control) }),
    ...(visit.withheld && { withheld: withShortLists(visit.withheld) }),
  },
});

const thinnedResult = (result: Result, plan: ThinnedConnections | undefined): Result => {
  // What a path names is whole, and evidence points into it.
  if (plan === undefined || plan.keepsPlaces) return result;
  const evidence = moved(result.evidence, plan).slice(0, MOST_EVIDENCE);
  const more = (result.moreEvidence ?? 0) + result.evidence.length - evidence.length;
  return { ...result, evidence, ...(more > 0 && { moreEvidence: more }) };
};

/** What points at entries that are still there. */
const moved = <T extends { readonly connection: number; readonly entry: number }>(
  all: readonly T[],
  { placeOf }: ThinnedConnections,
): T[] =>
  all.flatMap((each) => {
    const entry = placeOf(each.connection, each.entry);
    return entry === undefined ? [] : [{ ...each, entry }];
  });

/** Facts about a dialogue of very many commands, without most of them. */
const withShortLists = <T extends ControlFacts | WithheldFacts>(facts: T): T => ({
  ...facts,
  ...Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]: [string, unknown]) =>
      Array.isArray(value) ? [[name, value.slice(0, MOST_WORDS_OF_A_LIST).map(shortList)]] : [],
    ),
  ),
});

const shortList = (value: unknown): unknown => (Array.isArray(value) ? value.slice(0, MOST_WORDS_OF_A_LIST) : value);

/** Anyone who makes visits stores them in this form; a report of an older version may hold anything. */
const isRecording = (value: unknown): value is Recording =>
  typeof value === 'object' &&
  value !== null &&
  'schema' in value &&
  value.schema === 'urn:waxseal:recording:2' &&
  'visit' in value;

/** Characters of one visit, nearly. */
const LARGEST = 600_000;
/** Of a visit that the report holds, and of one that it names by its path, which is only shown. */
const STORED: Most = { connections: 300, characters: 400_000 };
const SHOWN: Most = { connections: 5000, characters: 400_000, keepsPlaces: true };
const MOST_EVIDENCE = 200;
const A_PLACE = 200;
const MOST_PLACES = 300;
const MOST_WORDS = 16_384;
const MOST_WORDS_OF_A_LIST = 100;
