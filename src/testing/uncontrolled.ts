import type { Family } from '../scenarios/family.js';
import type { Planned } from '../cases/plan.js';

/**
 * The cases that are run although the client's control failed: one of each family in which a client that never starts TLS
 * shows it (verdicts.md, "A failed control hides no leak"). They can come out `unsafe`, and never `safe`.
 */
export const withoutControl = (cases: readonly Planned[]): Planned[] => {
  const possible = cases.filter(({ notApplicable }) => notApplicable === undefined);
  return REVEALING.flatMap((family) => {
    const alike = possible.filter(({ one }) => one.scenario.family === family);
    return alike.find(({ one }) => PLAINEST.has(one.scenario.id)) ?? alike[0] ?? [];
  });
};

const REVEALING: readonly Family[] = ['strip', 'refuse', 'no-tls', 'preauth', 'early-login'];
/** Of its family, the one that changes least. */
const PLAINEST: ReadonlySet<string> = new Set(['starttls-not-offered', 'starttls-refused']);
