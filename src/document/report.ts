import { knownNotes, knownStates, type Known, type KnownState } from '../verdict/known.js';
import type { ChainFamily, ProfileReport, Report, Result } from './report-model.js';
import { toolVersion } from './version.js';

/** What a command gathered. Lists may be empty; known results are not applied yet. */
export interface ReportParts extends Pick<
  Report,
  'kind' | 'startedAt' | 'subject' | 'results' | 'visits' | 'diagnosis' | 'faults' | 'closed' | 'depth' | 'traffic'
> {
  readonly chains?: readonly ChainFamily[];
  readonly alsoNamed?: readonly NonNullable<Report['alsoNamed']>[number][];
  /** RFC 3339; now by default. */
  readonly finishedAt?: string | undefined;
  readonly seed?: string | undefined;
  /** Addresses of this machine that connected to servers. */
  readonly from?: readonly string[] | undefined;
  readonly place?: Report['place'] | undefined;
  readonly selfTest?: Report['selfTest'] | undefined;
  readonly authorizedBy?: string | undefined;
  readonly interrupted?: boolean | undefined;
  readonly known?: readonly Known[] | undefined;
  /** Cases were left out on purpose, so that a known result which matched nothing means nothing. */
  readonly isPartial?: boolean | undefined;
  /** Keys of cases outside the default set, which were not run. */
  readonly casesLeftOut?: readonly string[] | undefined;
  /** Keys of cases that another shard runs. */
  readonly casesElsewhere?: readonly string[] | undefined;
  /** What the norm that was named asks for. */
  readonly profile?: ProfileReport | undefined;
  /** Checks that the audit's depth leaves out. */
  readonly leftOut?: NonNullable<Report['leftOut']> | undefined;
}

/** The one maker of reports: applies known results, counts, and leaves out what is empty. */
export const reportOf = (parts: ReportParts): Report => {
  const {
    known = [],
    seed,
    place,
    selfTest,
    authorizedBy,
    closed = [],
    chains = [],
    alsoNamed = [],
    startedAt,
    isPartial,
    casesLeftOut = [],
    casesElsewhere = [],
    leftOut = [],
    from = [],
    interrupted,
  } = parts;
  const states = knownStates(known, parts.results, startedAt.slice(0, 10), casesElsewhere);
  const results = parts.results.map((result, index) => resultWithState(result, states[index]));
  const notes = knownNotes(known, results, {
    isPartial: isPartial === true || interrupted === true,
    leftOut: casesLeftOut,
    elsewhere: casesElsewhere,
  });
  const diagnosis = unique([...(parts.diagnosis ?? []), ...notes]);
  const faults = unique(parts.faults ?? []);
  return {
    schema: 'urn:waxseal:report:1',
    tool: { name: 'waxseal', version: toolVersion() },
    kind: parts.kind,
    startedAt,
    finishedAt: parts.finishedAt ?? new Date().toISOString(),
    ...(seed !== undefined && { seed }),
    ...(place !== undefined && { place }),
    ...(selfTest !== undefined && { selfTest }),
    ...(interrupted === true && { interrupted: true as const }),
    ...(authorizedBy !== undefined && { authorizedBy }),
    ...(from.length > 0 && { from: [...from] }),
    subject: parts.subject,
    ...(parts.depth !== undefined && { depth: parts.depth }),
    ...(leftOut.length > 0 && { leftOut: [...leftOut] }),
    ...(parts.traffic !== undefined && { traffic: { ...parts.traffic } }),
    ...(parts.profile !== undefined && { profile: parts.profile }),
    results,
    ...(chains.length > 0 && { chains: [...chains] }),
    ...(closed.length > 0 && { closed: [...closed] }),
    ...(alsoNamed.length > 0 && { alsoNamed: [...alsoNamed] }),
    ...(diagnosis.length > 0 && { diagnosis }),
    ...(faults.length > 0 && { faults }),
    visits: parts.visits,
    summary: summaryOf(parts.kind, results),
  };
};

/** A result with what the known results say of it. */
export const resultWithState = (result: Result, state: KnownState | undefined): Result => {
  if (state === undefined) return result;
  const { reproduce, duration, ...said } = result;
  return { ...said, known: { ...state }, reproduce, ...(duration !== undefined && { duration }) };
};

/** A report made anew with other known results than it was made with, such as those that were just written. */
export const withKnown = (
  report: Report,
  {
    before,
    known,
    isPartial,
    elsewhere,
  }: {
    readonly before: readonly Known[];
    readonly known: readonly Known[];
    readonly isPartial: boolean;
    readonly elsewhere: readonly string[];
  },
): Report => {
  const results = report.results.map(({ known: _, ...result }): Result => result);
  const states = knownStates(known, results, report.startedAt.slice(0, 10), elsewhere);
  const told = new Set(knownNotes(before, report.results, { isPartial, elsewhere }));
  const { diagnosis = [], ...rest } = report;
  const left = diagnosis.filter((note) => !told.has(note));
  return {
    ...rest,
    results: results.map((result, index): Result => {
      const state = states[index];
      return state === undefined ? result : { ...result, known: { ...state } };
    }),
    ...(left.length > 0 && { diagnosis: left }),
  };
};

/** Counts by status; statuses of this kind of report that did not occur are 0. */
const summaryOf = (kind: Report['kind'], results: readonly Result[]): Record<string, number> => {
  const summary: Record<string, number> = Object.fromEntries(
    (kind === 'audit' ? SERVER_STATUSES : CLIENT_STATUSES).map((status) => [status, 0]),
  );
  for (const { status } of results) summary[status] = (summary[status] ?? 0) + 1;
  return summary;
};

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

const CLIENT_STATUSES = ['safe', 'unsafe', 'downgradable', 'inconclusive', 'not-applicable'];
const SERVER_STATUSES = ['pass', 'fail', 'warn', 'info', 'inconclusive', 'not-applicable'];
