import { Fault } from '../fault.js';
import { chainScenario } from '../scenarios/chain-scenario.js';
import scenarios from '../scenarios/index.js';
import type { Scenario } from '../scenarios/scenario.js';
import type { Judgement } from '../verdict/judgement.js';
import type { Visit } from '../verdict/visit.js';
import { parseRecording, type Recording } from '../verdict/recording.js';
import type { Known } from '../verdict/known.js';
import { caseKey, type Case } from '../cases/case.js';
import type { JudgedCaptures } from './judge-captures.js';
import { judgeVisit } from './judge-visit.js';
import { reportOf } from './report.js';
import type { Report, Result } from './report-model.js';
import { resultOf } from './result.js';
import { visitOf } from './recording.js';

/** The case that a visit was made for; throws `CORRUPT_RECORDING` where this version has no such scenario. */
export const caseOf = (visit: Visit, registry: readonly Scenario[] = scenarios): Case => {
  if (visit.scenario === chainScenario.id) return chainCase(visit);
  const scenario = registry.find((each) => each.id === visit.scenario);
  const variant = scenario?.variants?.find(
    (each) => each.name === visit.variant && (each.protocols?.includes(visit.protocol) ?? true),
  );
  if (scenario === undefined || (visit.variant !== undefined && variant === undefined)) {
    const name = visit.variant === undefined ? visit.scenario : `${visit.scenario}/${visit.variant}`;
    throw new Fault(
      'CORRUPT_RECORDING',
      `the visit was made for the scenario ${JSON.stringify(name.slice(0, 80))}, which this version does not have; judge it with the version that recorded it`,
    );
  }
  const { protocol, tls, seat, portRole } = visit;
  return { scenario, ...(variant && { variant }), protocol, tls, seat, portRole };
};

/** Of a chain nothing but its id is known any more; the recording says whether it could be trusted. */
const chainCase = ({ protocol, tls, seat, portRole, variant }: Visit): Case => ({
  scenario: chainScenario,
  ...(variant !== undefined && { variant: { name: variant } }),
  protocol,
  tls,
  seat,
  portRole,
});

/** Judges a recording, as text or parsed, with this version's judges; throws `CORRUPT_RECORDING` for what is none. */
export const judge = (recording: string | Recording): Judgement & { readonly case: string } => {
  const visit = visitOf(typeof recording === 'string' ? parseRecording(recording, 'the recording') : recording);
  const one = caseOf(visit);
  return { case: caseKey(one), ...judgeVisit(one, visit) };
};

/** Recordings, judged again. */
export interface JudgeReportOptions {
  /** Scenarios of your own, besides waxseal's. */
  readonly scenarios?: readonly Scenario[];
  readonly known?: readonly Known[];
  /** What the report names as its subject. */
  readonly command?: readonly string[];
  /** RFC 3339; now by default. */
  readonly startedAt?: string;
  /** A recording was judged, and this is its result. */
  readonly onResult?: (result: Result) => void;
}

/**
 * The report of recordings judged by this version: a name (a path) and what it holds, as text, parsed, or a function that reads it.
 * What cannot be read or judged is a fault of the report, and the rest is judged. `seen` has the visits by the report's numbers.
 */
export const judgeReport = (
  recordings: Iterable<readonly [name: string, recording: string | Recording | (() => string)]>,
  options: JudgeReportOptions = {},
): { readonly report: Report; readonly seen: ReadonlyMap<number, Visit> } =>
  reportWithCaptures(recordings, undefined, options);

/** The same, with what captures came to. */
export const reportWithCaptures = (
  recordings: Parameters<typeof judgeReport>[0],
  captures: JudgedCaptures | undefined,
  {
    known,
    command = ['waxseal', 'judge'],
    scenarios: own = [],
    startedAt = new Date().toISOString(),
    onResult,
  }: JudgeReportOptions = {},
): ReturnType<typeof judgeReport> => {
  const registry = [...scenarios, ...own];
  const results: Result[] = [];
  const names: string[] = [];
  const faults: string[] = [];
  const seen = new Map<number, Visit>();
  for (const [name, recording] of recordings) {
    try {
      const text = typeof recording === 'function' ? recording() : recording;
      const visit = {
        ...visitOf(typeof text === 'string' ? parseRecording(text, name) : text),
        number: seen.size + 1,
      };
      const one = caseOf(visit, registry);
      const result = resultOf(one, judgeVisit(one, visit), { visit, reproduce: ['waxseal', 'judge', name] });
      results.push(result);
      onResult?.(result);
      seen.set(visit.number, visit);
      names.push(name);
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
      faults.push(error.message);
    }
  }
  const report = reportOf({
    // A recording of a proxy stays one when it is judged again.
    kind:
      captures === undefined && seen.size > 0 && [...seen.values()].every(({ met }) => met?.by === 'proxy')
        ? 'proxy'
        : 'test',
    startedAt,
    subject: { command: [...command] },
    results: [...results, ...(captures?.results ?? [])],
    known,
    isPartial: true,
    faults: [...faults, ...(captures?.faults ?? [])],
    diagnosis: [...(captures?.notes ?? [])],
    visits: names,
  });
  return { report, seen: new Map([...seen, ...(captures?.seen ?? [])]) };
};
