import type { Report, Result } from '../document/report-model.js';
import { counted } from './layout.js';

/**
 * Results of cases that ended while the client was still waiting, where no other result tells what it does then: that they are not bad
 * says nothing of a client that goes on in clear when its own time is over.
 */
export const outwaited = ({ results }: Pick<Report, 'results'>): readonly Result[] =>
  results.filter((result) => result.decidedBy !== undefined && !isDecided(result, results));

/** A sentence for each case that would tell. */
export const outwaitedIn = (report: Pick<Report, 'results'>): string[] => {
  const open = outwaited(report);
  return [...new Set(open.map(({ decidedBy = '' }) => decidedBy))].map((deciding) => {
    const cases = open.filter(({ decidedBy }) => decidedBy === deciding).length;
    return `${counted(cases, 'case')} ended while the client was still waiting; what it does when its own time is over, ${deciding} tests (--all)`;
  });
};

/** The case that waits longer was played in the same set-up; if the client outwaited that too, its own result says so. */
const isDecided = ({ decidedBy, protocol, tls, client }: Result, results: readonly Result[]): boolean =>
  results.some(
    (other) =>
      other.protocol === protocol &&
      other.tls === tls &&
      other.client === client &&
      other.case.startsWith(`${decidedBy ?? ''}@`),
  );
