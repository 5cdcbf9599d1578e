import type { Check } from '../checks/check.js';
import type { Depth } from '../probes/depth.js';
import type { Journal } from './journal.js';
import type { AuditOptions } from './options.js';
import type { Places } from './places.js';
import type { Candidate } from './plan.js';

/** What the audit of one address needs to know of the whole. */
export interface AddressOrder {
  readonly address: string;
  readonly candidates: readonly Candidate[];
  readonly options: AuditOptions;
  readonly checks: readonly Check[];
  readonly depth: Depth;
  readonly seed: string;
  readonly roots: readonly string[] | 'system';
  readonly places: Places;
  /** Machine's full name, where it has one, for EHLO. */
  readonly ownName?: string;
  /** Number of the next connection in the session. */
  readonly count: () => number;
  readonly journal?: Journal;
}
