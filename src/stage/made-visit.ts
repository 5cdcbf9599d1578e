import type { Canaries } from '../verdict/canaries.js';
import type { ClientEnd, ControlFacts, TlsPolicy, Visit, WithheldFacts } from '../verdict/visit.js';
import type { Case } from '../cases/case.js';
import type { Records } from './connection-log.js';

/** What a visit is made of, whichever command made it. */
export interface VisitParts {
  readonly one: Case;
  readonly number: number;
  readonly policy: TlsPolicy;
  /** The client logs in with the canaries; false for accounts that are not waxseal's. */
  readonly ownCredentials: boolean;
  /** Which client came, where waxseal did not start it. */
  readonly met?: Visit['met'];
  readonly canaries: Canaries;
  readonly records: Records;
  readonly client: ClientEnd;
  readonly drained: boolean;
  readonly faults: readonly string[];
  /** What earlier visits of the same client taught; a control learns from nobody. */
  readonly control?: ControlFacts;
  readonly withheld?: WithheldFacts;
}

/** The one maker of visits, for clients that waxseal starts, endpoints that stay up, and the proxy. */
export const madeVisit = ({ one, records, control, withheld, faults, ...parts }: VisitParts): Visit => ({
  number: parts.number,
  scenario: one.scenario.id,
  ...(one.variant && { variant: one.variant.name }),
  protocol: one.protocol,
  tls: one.tls,
  seat: one.seat,
  portRole: one.portRole,
  policy: parts.policy,
  ownCredentials: parts.ownCredentials,
  ...(parts.met && { met: parts.met }),
  canaries: parts.canaries,
  ...records,
  client: parts.client,
  drained: parts.drained,
  faults: [...new Set(faults)],
  ...(control && { control }),
  ...(withheld && { withheld }),
});
