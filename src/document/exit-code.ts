import type { Severity } from '../verdict/visit.js';
import { rank } from '../verdict/judgement.js';
import type { Report, Result } from './report-model.js';

/** The exit code of a finished report (design, "Command line"): 1 worse than expected, 3 something unobserved, 130 interrupted, 0 all as expected. */
export const reportExitCode = (report: Report, failOn?: Severity): 0 | 1 | 3 | 130 => {
  if (report.interrupted === true) return 130;
  const { profile } = report;
  const counted = profile === undefined ? report.results : report.results.filter((result) => !isLeftToProfile(result));
  if (counted.some((result) => isUnexpected(result, failOn))) return 1;
  if (profile?.rules.some(({ level, state }) => level === 'must' && state === 'not-met') === true) return 1;
  const unobserved =
    (report.faults ?? []).length > 0 ||
    counted.some(isUnobserved) ||
    profile?.rules.some(({ level, state }) => level === 'must' && state === 'not-looked-at') === true ||
    report.results.every((result) => result.status === 'not-applicable');
  return unobserved ? 3 : 0;
};

/** A finding about what profiles judge: versions, suites, groups, schemes, keys. A profile may ask for more, or for the contrary. */
const isLeftToProfile = ({ facts }: Result): boolean => {
  const names = Object.keys(facts ?? {});
  return names.length > 0 && names.every((name) => JUDGED_BY_PROFILES.has(name));
};

const JUDGED_BY_PROFILES: ReadonlySet<string> = new Set(
  'version newer suites weak groups signatures dh dhe traits preference fallback'.split(' '),
);

/** A result of which nothing could be said, and nobody had accepted that. */
export const isUnobserved = (result: Result): boolean =>
  result.status === 'inconclusive' && result.known?.state !== 'expected';

/** A bad result that was not accepted, or an accepted one that is not what it was said to be: the exit code is 1. */
export const isUnexpected = (result: Result, failOn?: Severity): boolean => {
  if (result.known !== undefined) return result.known.state !== 'expected';
  // An unsafe client is always news; only a threshold that the user chose himself lets a mild one pass.
  if (result.status === 'unsafe') return failOn === undefined || reaches(result, failOn);
  return result.status === 'fail' && reaches(result, failOn ?? 'medium');
};

const reaches = (result: Result, threshold: Severity): boolean =>
  result.severity === undefined || rank(result.severity) <= rank(threshold);
