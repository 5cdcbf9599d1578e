import { PROTOCOL_NAMES } from '../protocols/names.js';
import type { Scenario } from '../scenarios/scenario.js';
import { covers, type Known } from '../verdict/known.js';
import { caseKey, casesOf } from './case.js';

/** Entries whose `case` means no case of any protocol, TLS mode and seat: a mistake, whatever was chosen to run. */
export const withoutAnyCase = (known: readonly Known[], scenarios: readonly Scenario[]): Known[] => {
  if (known.length === 0) return [];
  const keys = PROTOCOL_NAMES.flatMap((protocol) =>
    (['starttls', 'implicit'] as const).flatMap((tls) =>
      (['server', 'middle'] as const).flatMap((seat) => casesOf(scenarios, protocol, tls, seat).map(caseKey)),
    ),
  );
  // Certificate chains have keys of their own.
  return known.filter((each) => !each.case.includes('chain') && !keys.some((key) => covers(each.case, key)));
};
