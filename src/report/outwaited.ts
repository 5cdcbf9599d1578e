import type { Report, Result } from '../document/report-model.js';
import { counted } from './layout.js';

/**
 * In how many cases the client was still waiting when they ended, where no other result tells what it does then; a sentence for each case
 * that would. A good outcome says nothing of a client that goes on in clear when its own time is over.
 */
export const outwaited = ({ results }: Pick<Report, 'results'>): string[] => {
  const open = results.filter((result) => result.decidedBy !== undefined && !isDecided(result, results));
  return [...new Set(open.map(({ decidedBy }) => decidedBy))].map((deciding) => {
    const cases = open.filter(({ decidedBy }) => decidedBy === deciding).length;
    return `${counted(cases, 'case')} ended while the client was still waiting; what it does when its own time is over, ${deciding ?? ''} tests (--all)`;
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
